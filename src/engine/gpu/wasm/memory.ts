import type * as tf from '@tensorflow/tfjs-core'

/** The parts of TensorFlow.js 4.22's WASM backend that our kernels use; private in its types. */
export interface WasmBackend {
  readonly wasm: {
    /** The module's exports; its memory is among them, */
    readonly asm: { readonly memory?: WebAssembly.Memory }
    /** or here, if it has threads. */
    readonly wasmMemory?: WebAssembly.Memory
  }
  readonly dataIdMap: { get(dataId: tf.DataId): { readonly memoryOffset: number } }
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo
  disposeData(dataId: tf.DataId): boolean
}

/** Where the values of a tensor begin, in bytes. */
export function placeOf(backend: WasmBackend, { dataId }: tf.TensorInfo): number {
  return backend.dataIdMap.get(dataId).memoryOffset
}

/** The memory of all tensors. It has another `buffer` after it has grown. */
export const memoryOf = ({ wasm }: WasmBackend) => (wasm.wasmMemory ?? wasm.asm.memory)!
