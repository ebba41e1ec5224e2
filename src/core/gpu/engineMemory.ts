import * as tf from '@tensorflow/tfjs-core'
import { webGpuBackend } from './webgpuBackend'

/** What tensors hold now. */
export interface EngineMemory {
  tensors: number
  /** Bytes of tensor data, wherever it lives. */
  bytes: number
  /** GPU buffers in use; 0 off WebGPU. Freed ones count until the next submit, whose commands may refer to them. */
  gpuBuffers: number
  /** The same in bytes. */
  gpuBytes: number
  /** GPU buffers in use or kept for reuse, in bytes; 0 off WebGPU. */
  gpuAllocatedBytes: number
}

export function engineMemory(): EngineMemory {
  const { numTensors, numBytes } = tf.memory()
  const backend = webGpuBackend()
  const gpu = backend?.memory()
  return {
    tensors: numTensors,
    bytes: numBytes,
    gpuBuffers: backend?.bufferManager.getNumUsedBuffers() ?? 0,
    gpuBytes: gpu?.numBytesInGPU ?? 0,
    gpuAllocatedBytes: gpu?.numBytesAllocatedInGPU ?? 0,
  }
}
