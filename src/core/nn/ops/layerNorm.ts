import * as tf from '@tensorflow/tfjs-core'

/**
 * Layer normalisation over the last axis (Ba et al. 2016), biased variance.
 *
 * @param x [..., C] float32.
 * @param scale [C]
 * @param shift [C]
 * @param epsilon added to the variance; PyTorch's default is 1e-5, many transformers use 1e-6.
 */
export function layerNorm<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  epsilon = 1e-5,
): T {
  const mean = tf.mean(x, -1, true)
  const centred = tf.sub(x, mean)
  const variance = tf.mean(tf.square(centred), -1, true)
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), scale), shift) as T
}
