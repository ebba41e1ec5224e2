import * as tf from '@tensorflow/tfjs-core'
import { differentiable } from './differentiable'

/**
 * Logarithm of the softmax over the last axis, shifted by the maximum; of any number of rows.
 *
 * @param x [..., C] float32.
 */
export function logSoftmax<T extends tf.Tensor>(x: T): T {
  return differentiable<T>(
    [x],
    save => {
      const shifted = tf.sub(x, tf.max(x, -1, true))
      const y = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true))) as T
      save([y])
      return y
    },
    (dy, saved) => [tf.sub(dy, tf.mul(tf.exp(saved[0]!), tf.sum(dy, -1, true)))],
  )
}
