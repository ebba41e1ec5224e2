import * as tf from '@tensorflow/tfjs-core'
import { differentiable } from './differentiable'

/**
 * Softmax over the last axis, of any number of rows (the stock kernel corrupts its last element past 65,535).
 *
 * @param x [..., C] float32.
 */
export function softmax<T extends tf.Tensor>(x: T): T {
  return differentiable<T>(
    [x],
    save => {
      const exponentials = tf.exp(tf.sub(x, tf.max(x, -1, true)))
      const y = tf.div(exponentials, tf.sum(exponentials, -1, true)) as T
      save([y])
      return y
    },
    (dy, saved) => {
      const y = saved[0] as T
      return [tf.mul(tf.sub(dy, tf.sum(tf.mul(dy, y), -1, true)), y)]
    },
  )
}
