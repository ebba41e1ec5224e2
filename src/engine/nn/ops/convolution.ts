import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { conv2dForward, conv2dInputGradient, finishesConvolutions } from '../../gpu/kernels/convolution'
import { depthwiseInputGradient } from '../../gpu/kernels/convolutionTiles'
import { conv2dFilterGradient, depthwiseFilterGradient } from '../../gpu/kernels/filterGradients'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import {
  batchNormInference,
  finishNormalisation,
  foldNormalisation,
  type GivenNormalisation,
  refuseGradient,
} from './batchNorm'
import { differentiable, slopeSoFar } from './differentiable'
import { linear, normalisedLinear, wasmBias } from './linear'
import { separableMap } from './resize'

/**
 * Zero padding of the two spatial axes. 'same' is TensorFlow's (the odd pixel goes to the bottom and right);
 * a number pads every side alike, as PyTorch does; else [[top, bottom], [left, right]].
 */
export type Padding2D = 'same' | number | readonly [readonly [number, number], readonly [number, number]]

type ExplicitPadding = [[number, number], [number, number], [number, number], [number, number]]

/** The padding in the form that TensorFlow.js takes for NHWC. */
function toExplicitPadding(padding: Padding2D): 'same' | ExplicitPadding {
  if (padding === 'same') return 'same'
  const [rows, columns] =
    typeof padding === 'number'
      ? [
          [padding, padding],
          [padding, padding],
        ]
      : padding
  return [
    [0, 0],
    [rows![0]!, rows![1]!],
    [columns![0]!, columns![1]!],
    [0, 0],
  ]
}

interface Conv2dOptions {
  /** Step of the window, both axes; 1 by default. */
  stride?: number
  /** 'same': TensorFlow's; a number: PyTorch's symmetric zero padding; or every side. 0 by default. */
  padding?: Padding2D
  /** Spacing of the taps; 1 by default. */
  dilation?: number
  /** [out] added to every pixel. */
  bias?: tf.Tensor1D
}

interface NormalisedConv2dOptions extends Conv2dOptions {
  /** Follows; the result has no gradient then. */
  normalisation?: GivenNormalisation
}

/**
 * 2-D convolution (cross-correlation, as every framework has it).
 *
 * @param x [B, H, W, in] float32.
 * @param kernel [kh, kw, in, out].
 * @returns [B, h, w, out] with h = floor((H + padding - dilation (kh - 1) - 1) / stride) + 1.
 */
export function conv2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  options: NormalisedConv2dOptions = {},
): tf.Tensor4D {
  const { stride = 1, padding = 0, dilation = 1, bias, normalisation } = options
  const backend = webGpuBackend()
  if (backend && isProduct(kernel, options)) {
    const weight = tf.reshape(kernel, [kernel.shape[2], kernel.shape[3]]) as tf.Tensor2D
    // All of it together would be more buffers than every device's shaders see.
    if (normalisation && !(bias && normalisation.residual)) {
      return normalisedLinear(backend, x, weight, bias, normalisation)
    }
    return normalised(linear(x, weight, { bias }), normalisation)
  }
  if (backend) return onWebGpu(backend, x, kernel, { stride, padding, dilation, bias, normalisation })
  if (tf.getBackend() === 'wasm' && dilation === 1) return onWasm(x, kernel, options)
  const y =
    dilation > 1
      ? withSpreadKernel(x, kernel, { stride, dilation, padding, depthwise: false })
      : tf.conv2d(x, kernel, stride, toExplicitPadding(padding), 'NHWC')
  return normalised(bias ? tf.add(y, bias) : y, normalisation)
}

function normalised(x: tf.Tensor4D, given: GivenNormalisation | undefined): tf.Tensor4D {
  return given ? batchNormInference(x, given.scale, given.shift, given, given) : x
}

/**
 * The bias where the sums begin, and the normalisation in the kernel where that has fewer weights than the result has values:
 * two passes over the result fewer. Nothing is trained there.
 */
function onWasm(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  { stride = 1, padding = 0, bias, normalisation }: NormalisedConv2dOptions,
): tf.Tensor4D {
  const pad = toExplicitPadding(padding)
  const convolve = (filter: tf.Tensor4D, start: tf.Tensor1D | undefined) =>
    start
      ? (tf.fused.conv2d({ x, filter, strides: stride, pad, bias: wasmBias(start) }) as tf.Tensor4D)
      : tf.conv2d(x, filter, stride, pad, 'NHWC')
  const [batch, height, width] = x.shape
  const isLarge = (batch * height * width) / stride ** 2 > kernel.size / kernel.shape[3]
  if (!normalisation || !isLarge) return normalised(convolve(kernel, bias), normalisation)
  const folded = foldNormalisation(bias, normalisation)
  return finishNormalisation(convolve(tf.mul(kernel, folded.factor), folded.bias), normalisation)
}

/** Whether a convolution is a product of its pixels and a matrix. */
function isProduct(kernel: tf.Tensor4D, { stride = 1, padding = 0 }: Conv2dOptions): boolean {
  const padded = padding !== 'same' && padding !== 0
  return kernel.shape[0] * kernel.shape[1] === 1 && stride === 1 && !padded
}

/**
 * Depthwise convolution: every channel with a kernel of its own.
 *
 * @param x [B, H, W, C] float32.
 * @param kernel [kh, kw, C, 1].
 * @returns [B, h, w, C].
 */
export function depthwiseConv2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  options: Conv2dOptions = {},
): tf.Tensor4D {
  const { stride = 1, padding = 0, dilation = 1, bias } = options
  if (bias && dilation === 1 && webGpuBackend()) {
    // The bias in what is stored; its gradient: gpu/kernels/fusedConvolutionGradients.ts.
    const pad = toExplicitPadding(padding)
    const attributes = { strides: stride, pad, dataFormat: 'NHWC', dilations: 1, activation: 'linear' }
    const inputs = { x, filter: kernel, bias }
    return tf.engine().runKernel(tf.FusedDepthwiseConv2D, inputs, attributes) as tf.Tensor4D
  }
  const y =
    dilation > 1
      ? dilatedDepthwise(x, kernel, { stride, dilation, padding, depthwise: true })
      : tf.depthwiseConv2d(x, kernel, stride, toExplicitPadding(padding), 'NHWC')
  return bias ? tf.add(y, bias) : y
}

interface Dilated {
  stride: number
  dilation: number
  padding: Padding2D
  depthwise: boolean
}

const tensor4d = (made: tf.TensorInfo) => tf.engine().makeTensorFromTensorInfo(made) as tf.Tensor4D

interface OnWebGpu {
  stride: number
  dilation: number
  padding: Padding2D
  bias: tf.Tensor1D | undefined
  normalisation: GivenNormalisation | undefined
}

/** `conv2d` by our kernels, differentiable for any stride and dilation (TensorFlow.js throws for a dilation above 1). */
function onWebGpu(
  backend: WebGPUBackend,
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  { stride, dilation, padding, bias, normalisation }: OnWebGpu,
): tf.Tensor4D {
  const pad = toExplicitPadding(padding)
  const info = tf.backend_util.computeConv2DInfo(x.shape, kernel.shape, stride, dilation, pad)
  // All of it together would be more buffers than every device's shaders see.
  const together = normalisation && finishesConvolutions(backend, info) && !(bias && normalisation.residual)
  if (together) return normalisedConvolution(backend, { x, kernel, bias }, info, normalisation)
  const y = differentiable<tf.Tensor4D>(
    bias ? [x, kernel, bias] : [x, kernel],
    save => {
      save([x, kernel])
      return tensor4d(conv2dForward(backend, x, kernel, info, { bias }))
    },
    (dy, saved) => {
      const [input, weights] = saved as [tf.Tensor4D, tf.Tensor4D]
      const slopes = [
        // Of an image nobody asks for it.
        () => tensor4d(conv2dInputGradient(backend, dy, weights, info, slopeSoFar(0) ?? undefined)),
        () => tensor4d(conv2dFilterGradient(backend, input, dy, info)),
      ]
      return bias ? [...slopes, () => tf.sum(dy, [0, 1, 2])] : slopes
    },
  )
  return normalised(y, normalisation)
}

/** With the normalisation in its own dispatch, and the bits of two; it has no gradient. */
function normalisedConvolution(
  backend: WebGPUBackend,
  { x, kernel, bias }: { x: tf.Tensor4D; kernel: tf.Tensor4D; bias: tf.Tensor1D | undefined },
  info: tf.backend_util.Conv2DInfo,
  { scale, shift, mean, variance, epsilon, activation, residual }: GivenNormalisation,
): tf.Tensor4D {
  const vectors = [scale, shift, mean, variance]
  return differentiable<tf.Tensor4D>(
    [x, kernel, ...vectors, ...(bias ? [bias] : []), ...(residual ? [residual] : [])],
    () => {
      const normalisation = { vectors, epsilon, residual }
      return tensor4d(conv2dForward(backend, x, kernel, info, { activation, bias, normalisation }))
    },
    refuseGradient,
  )
}

interface Dilated {
  stride: number
  dilation: number
  padding: Padding2D
  depthwise: boolean
}

/**
 * Depthwise convolution with spaced taps, differentiable and of any stride (TensorFlow.js has neither: its gradients throw
 * for a dilation above 1, and so does its convolution for a stride above 1 beside it).
 */
function dilatedDepthwise(x: tf.Tensor4D, kernel: tf.Tensor4D, options: Dilated): tf.Tensor4D {
  const backend = webGpuBackend()
  if (!backend) return withSpreadKernel(x, kernel, options)
  const { stride, dilation, padding } = options
  const pad = toExplicitPadding(padding)
  const info = tf.backend_util.computeConv2DInfo(
    x.shape,
    kernel.shape,
    stride,
    dilation,
    pad,
    undefined,
    true,
  )
  return differentiable<tf.Tensor4D>(
    [x, kernel],
    save => {
      save([x, kernel])
      const attributes = { strides: stride, pad, dataFormat: 'NHWC', dilations: dilation }
      return tf.engine().runKernel(tf.DepthwiseConv2dNative, { x, filter: kernel }, attributes)
    },
    (dy, saved) => {
      const [input, weights] = saved as [tf.Tensor4D, tf.Tensor4D]
      return [
        () => tensor4d(depthwiseInputGradient(backend, dy, weights, info)),
        () => tensor4d(depthwiseFilterGradient(backend, input, dy, info)),
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
