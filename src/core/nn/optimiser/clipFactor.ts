import * as tf from '@tensorflow/tfjs-core'

/**
 * What gradients are multiplied by so that their common Euclidean norm is at most `maxNorm` (PyTorch's
 * `clip_grad_norm_`); stays on the device.
 *
 * @returns a factor of at most 1 and the norm before clipping; the caller disposes both.
 */
export function clipFactor(
  gradients: readonly tf.Tensor[],
  maxNorm: number,
): { factor: tf.Scalar; norm: tf.Scalar } {
  return tf.tidy(() => {
    const squares = gradients.map(gradient => tf.reshape(tf.sum(tf.square(gradient)), [1]))
    const norm = tf.sqrt(tf.sum(tf.concat(squares))) as tf.Scalar
    return { factor: tf.minimum(tf.div(maxNorm, tf.add(norm, 1e-6)), 1) as tf.Scalar, norm }
  })
}
