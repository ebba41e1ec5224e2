import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url'

/** (module (func (result v128) i32.const 0 i8x16.splat)): valid only where WASM knows SIMD. */
const SIMD_MODULE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11],
)

/**
 * The folder to give `startEngine` for the WASM binary that this browser takes, served from our own origin.
 *
 * TensorFlow.js appends its own file name to a folder, but the build gives the files hashed names. A "#" behind the
 * real address turns what is appended into a fragment, which a request never carries.
 *
 * @param base where relative addresses start: the worker's own address.
 */
export function wasmPath(base: string): string {
  const file = !WebAssembly.validate(SIMD_MODULE) ? plain : globalThis.crossOriginIsolated ? threaded : simd
  return `${new URL(file, base).href}#/`
}
