import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Random } from '../../core/foundation/random'
import type { Domain } from '../../core/patches/patch'
import type { BranchFactors } from '../gpu/kernels/residual'
import { type Initialiser, normal, ones, uniformFanIn, zeros } from './initialisers'
import type { GivenNormalisation } from './ops/batchNorm'
import { conv2d, depthwiseConv2d, type Padding2D } from './ops/convolution'
import { layerNorm, type Residual, residualLayerNorm } from './ops/layerNorm'
import { type LinearOptions, linear } from './ops/linear'
import type { ParameterHandle, ParameterScope } from './parameterRegistry'

/** A feature map in, a feature map out, both [B, H, W, C] float32. */
export type Layer = (x: Tensor4D, mode: ForwardMode) => Tensor4D

/** Layers one after another. */
export function sequence(...layers: readonly Layer[]): Layer {
  return (x, mode) => layers.reduce((value, layer) => layer(value, mode), x)
}

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

/** `weight` [out, in, k, k] and, if asked for, `bias` [out] of a convolution. */
export function declareConvolution(
  scope: ParameterScope,
  spec: ConvolutionSpec,
): { weight: ParameterHandle; bias: ParameterHandle | null } {
  const { kernel } = spec
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
  return { weight, bias }
}

/** A convolution of [B, H, W, C], and what follows it in inference. */
export type ConvolutionLayer = (x: Tensor4D, normalisation?: GivenNormalisation) => Tensor4D

/** 2-D convolution, see `declareConvolution`. */
export function convolution(scope: ParameterScope, spec: ConvolutionSpec): ConvolutionLayer {
  const { stride, padding } = spec
  const { weight, bias } = declareConvolution(scope, spec)
  return (x, normalisation) =>
    conv2d(x, weight.value() as Tensor4D, {
      stride,
      padding,
      bias: bias?.value() as Tensor1D | undefined,
      normalisation,
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

/** `weight` [out, in] ~ N(0, 0.02^2) and, unless switched off, `bias` [out] = 0 of a linear map. */
export function declareLinear(
  scope: ParameterScope,
  spec: { in: number; out: number; bias?: boolean },
): { weight: ParameterHandle; bias: ParameterHandle | null } {
  const weight = scope.declare({
    name: 'weight',
    shape: [spec.out, spec.in],
    layout: 'linear',
    initialise: normal(0.02),
    trainable: true,
    decay: true,
  })
  return { weight, bias: spec.bias === false ? null : declareBias(scope, spec.out, zeros) }
}

/** Linear map of the last axis, see `declareLinear`. */
export function linearMap(
  scope: ParameterScope,
  spec: { in: number; out: number; bias?: boolean },
): <T extends Tensor>(x: T, options?: Pick<LinearOptions, 'activation'>) => T {
  const { weight, bias } = declareLinear(scope, spec)
  return (x, options) =>
    linear(x, weight.value() as Tensor2D, { ...options, bias: bias?.value() as Tensor1D | undefined })
}

export interface LayerNormalisation {
  /** [..., C] */
  <T extends Tensor>(x: T): T
  /** The residual and its norm, see `residualLayerNorm`. */
  ofResidual(residual: Residual<Tensor4D>): { sum: Tensor4D; normed: Tensor4D }
}

/** Layer normalisation of the last axis with `weight` and `bias` [channels]. PyTorch's epsilon is 1e-5. */
export function layerNormalisation(
  scope: ParameterScope,
  channels: number,
  epsilon = 1e-5,
): LayerNormalisation {
  const affine = { shape: [channels], layout: 'plain', trainable: true, decay: false } as const
  const weight = scope.declare({ name: 'weight', initialise: ones, ...affine })
  const bias = scope.declare({ name: 'bias', initialise: zeros, ...affine })
  const values = () => [weight.value() as Tensor1D, bias.value() as Tensor1D, epsilon] as const
  const normalise = <T extends Tensor>(x: T): T => layerNorm(x, ...values())
  return Object.assign(normalise, {
    ofResidual: (residual: Residual<Tensor4D>) => residualLayerNorm(residual, ...values()),
  })
}

/** What each of a pass's samples multiplies a residual branch by that training may drop; null: one. */
export type DropPath = (samples: number, mode: ForwardMode) => BranchFactors

/**
 * Stochastic depth per sample (Huang et al. 2016): in training a branch is zeroed with probability `rate` and divided by
 * 1 - rate otherwise; in inference, and at rate 0, it passes unchanged.
 *
 * @param random draws one number per sample and pass, where the pass brings no stream of its own.
 */
export function dropPath(rate: number, random: Random): DropPath {
  if (rate === 0) return () => null
  return (samples, mode) => {
    if (!mode.training) return null
    const draw = mode.random ?? random
    return Array.from({ length: samples }, () => (draw.chance(rate) ? 0 : 1 / (1 - rate)))
  }
}

/** How a forward pass runs. A pass carries one domain (cross-sensor normalisation). */
export interface ForwardMode {
  /** True: batch statistics, running statistics of `domain` updated, drop path on. */
  training: boolean
  domain: Domain
  /**
   * What drop path and dropout of a training pass draw from; absent: the network's own stream, which continues from
   * pass to pass. A run that may be resumed gives every pass a stream of its own, so that there is no state to restore.
   */
  random?: Random
  /** Blocks keep their inputs alone for gradients, see `networkBlock`; needs `random`. */
  checkpointing?: boolean
  /** A block is computed a second time, for gradients: running statistics have moved already. */
  recomputing?: boolean
}
