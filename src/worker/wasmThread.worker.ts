/** A thread that helps the engine worker to compute without a GPU. */
import '../engine/gpu/wasm/thread'
