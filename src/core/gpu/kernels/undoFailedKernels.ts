import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { undoOnFailure } from '../guardedBackend'

let done = false

/**
 * Lets every WebGPU kernel, stock or ours, leave nothing behind when it throws half way: TensorFlow.js frees a kernel's
 * intermediate results only at its end. Idempotent; to be called after the kernels are replaced.
 */
export function undoFailedKernels(): void {
  if (done) return
  done = true
  for (const config of tf.getKernelsForBackend('webgpu')) {
    tf.unregisterKernel(config.kernelName, 'webgpu')
    tf.registerKernel({
      ...config,
      kernelFunc: given => undoOnFailure(given.backend as WebGPUBackend, () => config.kernelFunc(given)),
    })
  }
}
