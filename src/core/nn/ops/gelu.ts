import * as tf from '@tensorflow/tfjs-core'

/** Gaussian error linear unit, the exact form: x Phi(x) = x / 2 (1 + erf(x / sqrt 2)) (Hendrycks and Gimpel 2016). */
export function gelu<T extends tf.Tensor>(x: T): T {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)) as T
}
