import * as tf from '@tensorflow/tfjs-core'

/**
 * The tanh approximation of GELU: x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) (Hendrycks and Gimpel 2016). Up to
 * 5e-4 away from `gelu`, which is what our networks use; for peers that were trained with this one.
 */
export function geluTanh<In extends tf.Tensor>(x: In): In {
  const inner = tf.mul(
    x,
    tf.add(tf.mul(tf.square(x), 0.044715 * Math.sqrt(2 / Math.PI)), Math.sqrt(2 / Math.PI)),
  )
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1)) as In
}
