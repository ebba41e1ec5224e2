import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { conv2dFilterGradient } from '../../gpu/kernels/conv2dFilterGradient'
import { conv2dInputGradientTiles, conv2dTiles } from '../../gpu/kernels/conv2dTiles'
import { depthwiseFilterGradient } from '../../gpu/kernels/depthwiseFilterGradient'
import { depthwiseInputGradient } from '../../gpu/kernels/depthwiseInputGradient'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { differentiable } from './differentiable'
import { type Padding2D, toExplicitPadding } from './padding'
import { separableMap } from './separableMap'

interface Dilated {
  stride: number
  dilation: number
  padding: Padding2D
  depthwise: boolean
}

/**
 * Convolution with spaced taps, differentiable and of any stride (TensorFlow.js has neither: its gradients throw for a
 * dilation above 1, and so does its convolution for a stride above 1 beside it). See `conv2d` and `depthwiseConv2d`.
 */
export function dilatedConv2d(x: tf.Tensor4D, kernel: tf.Tensor4D, options: Dilated): tf.Tensor4D {
  const backend = webGpuBackend()
  return backend ? onWebGpu(backend, x, kernel, options) : withSpreadKernel(x, kernel, options)
}

function onWebGpu(
  backend: WebGPUBackend,
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  { stride, dilation, padding, depthwise }: Dilated,
): tf.Tensor4D {
  const pad = toExplicitPadding(padding)
  const info = tf.backend_util.computeConv2DInfo(
    x.shape,
    kernel.shape,
    stride,
    dilation,
    pad,
    undefined,
    depthwise,
  )
  const tensor = (made: tf.TensorInfo) => tf.engine().makeTensorFromTensorInfo(made) as tf.Tensor4D
  return differentiable<tf.Tensor4D>(
    [x, kernel],
    save => {
      save([x, kernel])
      if (!depthwise) return tensor(conv2dTiles(backend, x, kernel, info))
      const attributes = { strides: stride, pad, dataFormat: 'NHWC', dilations: dilation }
      return tf.engine().runKernel(tf.DepthwiseConv2dNative, { x, filter: kernel }, attributes)
    },
    (dy, saved) => {
      const [input, weights] = saved as [tf.Tensor4D, tf.Tensor4D]
      if (depthwise) {
        return [
          tensor(depthwiseInputGradient(backend, dy, weights, info)),
          tensor(depthwiseFilterGradient(backend, input, dy, info)),
        ]
      }
      const swapped = tf.transpose(weights, [0, 1, 3, 2])
      return [
        tensor(conv2dInputGradientTiles(backend, dy, swapped, info)),
        tensor(conv2dFilterGradient(backend, input, dy, info)),
      ]
    },
  )
}

/** Elsewhere the kernel grows instead, zeros between its taps: slow, and right on every backend. */
function withSpreadKernel(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  { stride, dilation, padding, depthwise }: Dilated,
): tf.Tensor4D {
  const [height, width, inChannels, outChannels] = kernel.shape
  const reach = (size: number) => (size - 1) * dilation + 1
  const flat = tf.reshape(kernel, [1, height, width, inChannels * outChannels]) as tf.Tensor4D
  const size = [reach(height), reach(width)] as const
  const spread = separableMap(flat, size, spreadMatrix(height, dilation), spreadMatrix(width, dilation))
  const wide = tf.reshape(spread, [...size, inChannels, outChannels]) as tf.Tensor4D
  const convolve = depthwise ? tf.depthwiseConv2d : tf.conv2d
  return convolve(x, wide, stride, toExplicitPadding(padding), 'NHWC')
}

/** [(size - 1) dilation + 1, size]: tap i goes to place i dilation. */
function spreadMatrix(size: number, dilation: number): Float32Array {
  const matrix = new Float32Array(((size - 1) * dilation + 1) * size)
  for (let tap = 0; tap < size; tap++) matrix[tap * dilation * size + tap] = 1
  return matrix
}
