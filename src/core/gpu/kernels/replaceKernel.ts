import * as tf from '@tensorflow/tfjs-core'

export type StockKernel = tf.KernelFunc
export type KernelArguments = Parameters<StockKernel>[0]

/** What TensorFlow.js had registered for WebGPU, by kernel name: benchmarks and tests compare with it. */
export const stockKernels = new Map<string, StockKernel>()

/** Puts a kernel in the place of TensorFlow.js's own on WebGPU; it may hand arguments on to that. Idempotent. */
export function replaceKernel(kernelName: string, make: (stock: StockKernel) => StockKernel): void {
  if (stockKernels.has(kernelName)) return
  const config = tf.getKernel(kernelName, 'webgpu')
  stockKernels.set(kernelName, config.kernelFunc)
  tf.unregisterKernel(kernelName, 'webgpu')
  tf.registerKernel({ ...config, kernelFunc: make(config.kernelFunc) })
}
