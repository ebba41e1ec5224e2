import * as tf from '@tensorflow/tfjs-core'

/**
 * Sorts from the largest to the smallest; equal values keep their order. No gradient.
 *
 * @param x [N] float32, finite.
 * @returns values [N] float32 and the index of each in x, [N] int32.
 */
export function sortDescending(x: tf.Tensor1D): { values: tf.Tensor1D; indices: tf.Tensor1D } {
  return tf.topk(x, x.size, true)
}
