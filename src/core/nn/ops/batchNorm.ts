import * as tf from '@tensorflow/tfjs-core'
import { detached } from './differentiable'

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
  const mean = tf.mean(x, [0, 1, 2], true)
  const centred = tf.sub(x, mean)
  const variance = tf.mean(tf.square(centred), [0, 1, 2], true)
  const y = tf.add(tf.mul(centred, tf.mul(tf.rsqrt(tf.add(variance, epsilon)), scale)), shift) as tf.Tensor4D
  return {
    y,
    mean: detached(() => tf.reshape(mean, [-1]) as tf.Tensor1D),
    variance: detached(() => tf.reshape(variance, [-1]) as tf.Tensor1D),
  }
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
