import * as tf from '@tensorflow/tfjs-core'
import { differentiable } from './differentiable'

/**
 * Inclusive prefix sum: y[i] = x[0] + ... + x[i]. Its gradient is the suffix sum of dy.
 *
 * @param x [N] float32.
 */
export function prefixSum(x: tf.Tensor1D): tf.Tensor1D {
  return differentiable<tf.Tensor1D>(
    [x],
    () => tf.cumsum(x),
    dy => [tf.reverse(tf.cumsum(tf.reverse(dy)))],
  )
}
