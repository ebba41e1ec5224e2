import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { conv2dFilterGradient } from './conv2dFilterGradient'

type StockKernel = tf.KernelConfig['kernelFunc']

/** What was registered before us, by kernel name: benchmarks compare with it. */
export const stockKernels = new Map<string, StockKernel>()

/** Puts our kernels in the place of TensorFlow.js's slow or indeterministic ones on WebGPU. Idempotent. */
export function replaceStockKernels(): void {
  replace(tf.Conv2DBackpropFilter, stock => args => {
    const { x, dy } = args.inputs as { x: tf.TensorInfo; dy: tf.TensorInfo }
    const attrs = args.attrs as unknown as tf.Conv2DBackpropFilterAttrs
    const [strideY, strideX] = pair(attrs.strides)
    if (attrs.dataFormat !== 'NHWC' || strideY !== strideX) return stock(args)
    const info = tf.backend_util.computeConv2DInfo(
      x.shape as Shape4D,
      attrs.filterShape,
      attrs.strides,
      1,
      attrs.pad,
      attrs.dimRoundingMode,
    )
    return conv2dFilterGradient(args.backend as WebGPUBackend, x, dy, info)
  })
}

type Shape4D = [number, number, number, number]

function pair(strides: number | [number, number]): [number, number] {
  return typeof strides === 'number' ? [strides, strides] : strides
}

function replace(kernelName: string, make: (stock: StockKernel) => StockKernel): void {
  if (stockKernels.has(kernelName)) return
  const config = tf.getKernel(kernelName, 'webgpu')
  stockKernels.set(kernelName, config.kernelFunc)
  tf.unregisterKernel(kernelName, 'webgpu')
  tf.registerKernel({ ...config, kernelFunc: make(config.kernelFunc) })
}
