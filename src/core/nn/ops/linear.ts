import * as tf from '@tensorflow/tfjs-core'

/**
 * Affine map of the last axis.
 *
 * @param x [..., in] float32.
 * @param weight [in, out].
 * @param bias [out].
 * @returns [..., out].
 */
export function linear<T extends tf.Tensor>(x: T, weight: tf.Tensor2D, bias?: tf.Tensor1D): T {
  const rows = tf.reshape(x, [-1, weight.shape[0]]) as tf.Tensor2D
  const product = tf.matMul(rows, weight)
  const y = bias ? tf.add(product, bias) : product
  return tf.reshape(y, [...x.shape.slice(0, -1), weight.shape[1]]) as T
}
