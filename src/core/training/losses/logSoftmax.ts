import * as tf from '@tensorflow/tfjs-core'

/** log softmax over the last axis, shifted by the maximum. No gradient of its own: losses give closed forms. */
export function logSoftmax(logits: tf.Tensor2D): tf.Tensor2D {
  const shifted = tf.sub(logits, tf.max(logits, 1, true))
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), 1, true)))
}
