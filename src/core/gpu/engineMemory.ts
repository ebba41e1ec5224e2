import * as tf from '@tensorflow/tfjs-core'
import { webGpuBackend } from './webgpuBackend'

/** What tensors hold now. */
export interface EngineMemory {
  tensors: number
  /** Bytes of tensor data, wherever it lives. */
  bytes: number
  /** GPU buffers in use, in bytes; 0 off WebGPU. */
  gpuBytes: number
  /** GPU buffers in use or kept for reuse, in bytes; 0 off WebGPU. */
  gpuAllocatedBytes: number
}

export function engineMemory(): EngineMemory {
  const { numTensors, numBytes } = tf.memory()
  const gpu = webGpuBackend()?.memory()
  return {
    tensors: numTensors,
    bytes: numBytes,
    gpuBytes: gpu?.numBytesInGPU ?? 0,
    gpuAllocatedBytes: gpu?.numBytesAllocatedInGPU ?? 0,
  }
}
