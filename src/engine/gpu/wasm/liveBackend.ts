import * as tf from '@tensorflow/tfjs-core'
import type { WasmBackend } from './memory'

/** The WASM backend if it is the current one and the browser knows WebAssembly's vectors, else null. */
export function wasmBackend(): WasmBackend | null {
  if (tf.getBackend() !== 'wasm' || !tf.env().getBool('WASM_HAS_SIMD_SUPPORT')) return null
  return tf.backend() as unknown as WasmBackend
}
