import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core'
import { type Initialiser, uniformFanIn, zeros } from '../initialiser'
import { conv2d } from '../ops/conv2d'
import { depthwiseConv2d } from '../ops/depthwiseConv2d'
import type { Padding2D } from '../ops/padding'
import type { ParameterScope } from '../parameterScope'

export interface ConvolutionSpec {
  in: number
  out: number
  kernel: number
  stride?: number
  /** PyTorch's symmetric padding or TensorFlow's 'same'; 0 by default. */
  padding?: Padding2D
  bias?: boolean
  /** PyTorch's default by default. */
  initialise?: Initialiser
  initialiseBias?: Initialiser
}

/** 2-D convolution: `weight` [out, in, k, k] and, if asked for, `bias` [out]. */
export function convolution(scope: ParameterScope, spec: ConvolutionSpec): (x: Tensor4D) => Tensor4D {
  const { kernel, stride, padding } = spec
  const fanIn = spec.in * kernel * kernel
  const weight = scope.declare({
    name: 'weight',
    shape: [spec.out, spec.in, kernel, kernel],
    layout: 'conv',
    initialise: spec.initialise ?? uniformFanIn(fanIn),
    trainable: true,
    decay: true,
  })
  const bias = spec.bias ? declareBias(scope, spec.out, spec.initialiseBias ?? uniformFanIn(fanIn)) : null
  return x =>
    conv2d(x, weight.value() as Tensor4D, {
      stride,
      padding,
      bias: bias?.value() as Tensor1D | undefined,
    })
}

export interface DepthwiseConvolutionSpec {
  channels: number
  kernel: number
  stride?: number
  padding?: Padding2D
  bias?: boolean
  initialise?: Initialiser
}

/** Depthwise convolution: `weight` [C, 1, k, k] and, if asked for, `bias` [C] that starts at 0. */
export function depthwiseConvolution(
  scope: ParameterScope,
  spec: DepthwiseConvolutionSpec,
): (x: Tensor4D) => Tensor4D {
  const { kernel, stride, padding } = spec
  const weight = scope.declare({
    name: 'weight',
    shape: [spec.channels, 1, kernel, kernel],
    layout: 'depthwise',
    initialise: spec.initialise ?? uniformFanIn(kernel * kernel),
    trainable: true,
    decay: true,
  })
  const bias = spec.bias ? declareBias(scope, spec.channels, zeros) : null
  return x =>
    depthwiseConv2d(x, weight.value() as Tensor4D, {
      stride,
      padding,
      bias: bias?.value() as Tensor1D | undefined,
    })
}

function declareBias(scope: ParameterScope, channels: number, initialise: Initialiser) {
  return scope.declare({
    name: 'bias',
    shape: [channels],
    layout: 'plain',
    initialise,
    trainable: true,
    decay: false,
  })
}
