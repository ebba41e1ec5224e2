import * as tf from '@tensorflow/tfjs-core'

/** Sigmoid linear unit ("swish"): x sigmoid(x). */
export function silu<T extends tf.Tensor>(x: T): T {
  return tf.mul(x, tf.sigmoid(x)) as T
}
