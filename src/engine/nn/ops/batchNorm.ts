import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { rowMap } from '../../gpu/kernels/elementwise'
import { columnSums } from '../../gpu/kernels/reductions'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { detached, differentiable } from './differentiable'

export interface BatchStatistics {
  /** [C] */
  mean: tf.Tensor1D
  /** [C], biased (divided by n): PyTorch's running variance wants it times n / (n - 1). */
  variance: tf.Tensor1D
}

/**
 * Batch normalisation with the batch's own statistics (Ioffe and Szegedy 2015).
 *
 * @param x [B, H, W, C] float32.
 * @param scale [C]
 * @param shift [C]
 * @returns y like x, and the statistics as constants (no gradient flows through them; it does through y).
 */
export function batchNormTraining(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  epsilon = 1e-5,
): BatchStatistics & { y: tf.Tensor4D } {
  const backend = webGpuBackend()
  const moments = detached(() => (backend ? fusedMoments(backend, x) : plainMoments(x)))
  const [mean, variance] = detachedRows(moments)
  return { y: normalise(backend, x, scale, shift, moments, epsilon), mean, variance }
}

/** Batch normalisation with given statistics (inference): an affine map of every channel. */
export function batchNormInference(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  epsilon = 1e-5,
): tf.Tensor4D {
  const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, epsilon)))
  return tf.add(tf.mul(x, factor), tf.sub(shift, tf.mul(mean, factor)))
}

/** [2, C]: mean and biased variance, the latter around the mean (not by squares). */
function plainMoments(x: tf.Tensor4D): tf.Tensor2D {
  const mean = tf.mean(x, [0, 1, 2])
  return tf.stack([mean, tf.mean(tf.square(tf.sub(x, mean)), [0, 1, 2])]) as tf.Tensor2D
}

function fusedMoments(backend: WebGPUBackend, x: tf.Tensor4D): tf.Tensor2D {
  const channels = x.shape[3]
  const count = x.size / channels
  const kernel = { name: 'channelMean', variables: ['x'], terms: ['x[index]'], channels }
  const mean = tf.div(columnSums(backend, kernel, [x]), count)
  const squares = columnSums(
    backend,
    {
      name: 'channelVariance',
      variables: ['x', 'mean'],
      terms: ['(x[index] - mean[channel]) * (x[index] - mean[channel])'],
      channels,
    },
    [x, mean],
  )
  return tf.concat([mean, tf.div(squares, count)], 0) as tf.Tensor2D
}

function detachedRows(moments: tf.Tensor2D): [tf.Tensor1D, tf.Tensor1D] {
  const row = (r: number) =>
    detached(() => tf.reshape(tf.slice(moments, [r, 0], [1, -1]), [-1]) as tf.Tensor1D)
  return [row(0), row(1)]
}

/** The gradient takes the statistics for functions of x: Ioffe and Szegedy 2015, section 3. */
function normalise(
  backend: WebGPUBackend | null,
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  moments: tf.Tensor2D,
  epsilon: number,
): tf.Tensor4D {
  return differentiable<tf.Tensor4D>(
    [x, scale, shift],
    save => {
      save([x, scale, moments])
      if (!backend) return plainForward(x, scale, shift, moments, epsilon)
      const channels = x.shape[3]
      return rowMap<tf.Tensor4D>(
        backend,
        {
          name: 'batchNorm',
          variables: ['x', 'scale', 'shift', 'moments'],
          expression: `${normalised(epsilon)} * scale[channel] + shift[channel]`,
          channels,
        },
        [x, scale, shift, moments],
      )
    },
    (dy, saved) => {
      const [input, factor, statistics] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor2D]
      return backend
        ? fusedGradients(backend, input, factor, statistics, dy, epsilon)
        : plainGradients(input, factor, statistics, dy, epsilon)
    },
  )
}

const normalised = (epsilon: number) =>
  `((x[index] - moments[channel]) * inverseSqrt(moments[channels + channel] + ${epsilon}))`

function fusedGradients(
  backend: WebGPUBackend,
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  moments: tf.Tensor2D,
  dy: tf.Tensor4D,
  epsilon: number,
): tf.Tensor[] {
  const channels = scale.size
  const terms = [`dy[index] * ${normalised(epsilon)}`, 'dy[index]']
  const sums = columnSums(
    backend,
    { name: 'batchNormAffine', variables: ['x', 'dy', 'moments'], terms, channels },
    [x, dy, moments],
  )
  const dx = rowMap(
    backend,
    {
      name: 'batchNormGradient',
      variables: ['x', 'dy', 'scale', 'moments', 'sums'],
      expression: `scale[channel] * inverseSqrt(moments[channels + channel] + ${epsilon})
    * (dy[index] - (sums[channels + channel] + ${normalised(epsilon)} * sums[channel]) / f32(uniforms.count))`,
      channels,
      uniforms: { count: x.size / channels },
    },
    [x, dy, scale, moments, sums],
  )
  const [dScale, dShift] = tf.unstack(sums)
  return [dx, dScale!, dShift!]
}

function plainForward(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  moments: tf.Tensor2D,
  epsilon: number,
): tf.Tensor4D {
  const [mean, variance] = tf.unstack(moments) as [tf.Tensor1D, tf.Tensor1D]
  return batchNormInference(x, scale, shift, mean, variance, epsilon)
}

function plainGradients(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  moments: tf.Tensor2D,
  dy: tf.Tensor4D,
  epsilon: number,
): tf.Tensor[] {
  const [mean, variance] = tf.unstack(moments) as [tf.Tensor1D, tf.Tensor1D]
  const deviation = tf.rsqrt(tf.add(variance, epsilon))
  const unit = tf.mul(tf.sub(x, mean), deviation)
  const dScale = tf.sum(tf.mul(dy, unit), [0, 1, 2])
  const dShift = tf.sum(dy, [0, 1, 2])
  const count = x.size / scale.size
  const inner = tf.sub(dy, tf.div(tf.add(dShift, tf.mul(unit, dScale)), count))
  return [tf.mul(tf.mul(scale, deviation), inner), dScale, dShift]
}
