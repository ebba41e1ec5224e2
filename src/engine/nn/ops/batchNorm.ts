import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import type { Activation } from '../../gpu/kernels/activation'
import {
  batchMoments,
  normalisationGradients,
  normaliseAndActivate,
  normaliseByStatistics,
} from '../../gpu/kernels/batchNormKernels'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { silu } from './activations'
import { detached, differentiable } from './differentiable'

export interface RunningStatistics {
  /** [C] */
  mean: tf.Tensor1D
  /** [C], unbiased where it comes from batches (divided by n - 1), as PyTorch's. */
  variance: tf.Tensor1D
}

/** What follows a normalisation in the same kernel: y = activation(normalised + residual). */
export interface NormalisationOptions {
  /** Added to the variance; PyTorch's 1e-5 by default. */
  epsilon?: number
  /** 'none' by default. */
  activation?: Activation
  /** Like x, added before the activation, which is 'none' or 'relu' then. */
  residual?: tf.Tensor4D
}

/** A normalisation with given statistics, [C] each, and what follows it. */
export interface GivenNormalisation extends RunningStatistics {
  scale: tf.Tensor1D
  shift: tf.Tensor1D
  epsilon: number
  activation: Activation
  residual?: tf.Tensor4D
}

/**
 * Batch normalisation with the batch's own statistics (Ioffe and Szegedy 2015), what follows it included. On WebGPU
 * three dispatches forward and three backward, two each for small maps, which keep x and four numbers a channel (behind
 * a residual and a ReLU, y too).
 *
 * @param x [B, H, W, C] float32.
 * @param scale [C]
 * @param shift [C]
 * @param running is moved towards the batch's statistics by `momentum` (PyTorch's 0.1 by default).
 * @returns y like x, and the moved statistics as constants (no gradient flows through them; it does through y).
 */
export function batchNormTraining(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  running: RunningStatistics,
  {
    epsilon = 1e-5,
    momentum = 0.1,
    activation = 'none',
    residual,
  }: NormalisationOptions & { momentum?: number } = {},
): RunningStatistics & { y: tf.Tensor4D } {
  requireKnownResidual(activation, residual)
  const backend = webGpuBackend()
  if (!backend) {
    const { y, mean, variance } = plainTraining(x, scale, shift, epsilon)
    const count = x.size / x.shape[3]
    return {
      y: activated(y, activation, residual),
      mean: moved(running.mean, mean, momentum, 1),
      variance: moved(running.variance, variance, momentum, count / Math.max(1, count - 1)),
    }
  }
  const made = batchMoments(backend, [x, scale, shift, running.mean, running.variance], { epsilon, momentum })
  const [coefficients, mean, variance] = made.map(tracked) as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D]
  const keepsResult = residual !== undefined && activation !== 'none'
  const y = differentiable<tf.Tensor4D>(
    residual ? [x, scale, shift, residual] : [x, scale, shift],
    save => {
      const value = tracked(normaliseAndActivate(backend, { x, coefficients, residual }, activation))
      save(keepsResult ? [x, coefficients, value] : [x, coefficients])
      return value as tf.Tensor4D
    },
    (dy, saved) => {
      const [input, factors, result] = saved as [tf.Tensor, tf.Tensor, tf.Tensor?]
      const inputs = { x: input, coefficients: factors, dy, y: result }
      const gradients = normalisationGradients(backend, inputs, activation).map(tracked)
      // Without an activation the residual's gradient is dy itself.
      return residual && !keepsResult ? [...gradients, dy] : gradients
    },
  )
  return { y, mean, variance }
}

/**
 * Batch normalisation with given statistics (inference): an affine map of every channel, what follows it included. On
 * WebGPU one dispatch, and no gradient.
 */
export function batchNormInference(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  { mean, variance }: RunningStatistics,
  { epsilon = 1e-5, activation = 'none', residual }: NormalisationOptions = {},
): tf.Tensor4D {
  requireKnownResidual(activation, residual)
  const backend = webGpuBackend()
  if (!backend) return activated(affine(x, scale, shift, mean, variance, epsilon), activation, residual)
  const vectors = [scale, shift, mean, variance]
  return differentiable<tf.Tensor4D>(
    residual ? [x, ...vectors, residual] : [x, ...vectors],
    () =>
      tracked(normaliseByStatistics(backend, { x, vectors, residual }, activation, epsilon)) as tf.Tensor4D,
    refuseGradient,
  )
}

/** The gradient of what has none. @throws AppError `internal`. */
export function refuseGradient(): never {
  throw new AppError('internal', 'A batch normalisation with given statistics has no gradient.')
}

function requireKnownResidual(activation: Activation, residual: tf.Tensor | undefined): void {
  if (residual && activation === 'silu') {
    throw new AppError('internal', 'The gradient of a SiLU cannot be told from its result.')
  }
}

function tracked(made: tf.TensorInfo): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(made)
}

function affine(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  epsilon: number,
): tf.Tensor4D {
  const { factor, addend } = affineFactors({ scale, shift, mean, variance, epsilon })
  return tf.add(tf.mul(x, factor), addend)
}

/** y = factor x + addend, [C] each. */
function affineFactors({
  scale,
  shift,
  mean,
  variance,
  epsilon,
}: Pick<GivenNormalisation, 'scale' | 'shift' | 'mean' | 'variance' | 'epsilon'>) {
  const factor: tf.Tensor1D = tf.mul(scale, tf.rsqrt(tf.add(variance, epsilon)))
  return { factor, addend: tf.sub(shift, tf.mul(mean, factor)) as tf.Tensor1D }
}

/**
 * A convolution and the normalisation behind it as one convolution: what its kernel is multiplied by, [out], and its bias.
 * What follows the normalisation is left to `finishNormalisation`.
 */
export function foldNormalisation(
  bias: tf.Tensor1D | undefined,
  normalisation: GivenNormalisation,
): { factor: tf.Tensor1D; bias: tf.Tensor1D } {
  const { factor, addend } = affineFactors(normalisation)
  return { factor, bias: bias ? tf.add(tf.mul(bias, factor), addend) : addend }
}

/** The residual and the activation. */
export function finishNormalisation(
  x: tf.Tensor4D,
  { activation, residual }: GivenNormalisation,
): tf.Tensor4D {
  return activated(x, activation, residual)
}

/** The definition, for other backends; the variance around the mean (not by squares), biased. */
function plainTraining(x: tf.Tensor4D, scale: tf.Tensor1D, shift: tf.Tensor1D, epsilon: number) {
  const mean = tf.mean(x, [0, 1, 2]) as tf.Tensor1D
  const variance = tf.mean(tf.square(tf.sub(x, mean)), [0, 1, 2]) as tf.Tensor1D
  return { y: affine(x, scale, shift, mean, variance, epsilon), mean, variance }
}

/** (1 - momentum) running + momentum factor value, off the gradient tape. */
function moved(running: tf.Tensor1D, value: tf.Tensor1D, momentum: number, factor: number): tf.Tensor1D {
  return detached(() => tf.add(tf.mul(running, 1 - momentum), tf.mul(value, momentum * factor)))
}

function activated(x: tf.Tensor4D, activation: Activation, residual: tf.Tensor4D | undefined): tf.Tensor4D {
  const sum: tf.Tensor4D = residual ? tf.add(x, residual) : x
  if (activation === 'relu') return tf.relu(sum)
  return activation === 'silu' ? silu(sum) : sum
}
