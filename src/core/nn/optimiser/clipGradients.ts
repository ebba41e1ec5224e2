import * as tf from '@tensorflow/tfjs-core'

/**
 * Scales gradients so that their common Euclidean norm is at most `maxNorm` (PyTorch's `clip_grad_norm_`).
 *
 * @returns the clipped gradients (new tensors) and the norm before clipping; the caller disposes both.
 */
export function clipGradients(
  gradients: readonly tf.Tensor[],
  maxNorm: number,
): { gradients: tf.Tensor[]; norm: tf.Scalar } {
  return tf.tidy(() => {
    const squares = gradients.map(gradient => tf.reshape(tf.sum(tf.square(gradient)), [1]))
    const norm = tf.sqrt(tf.sum(tf.concat(squares))) as tf.Scalar
    const factor = tf.minimum(tf.div(maxNorm, tf.add(norm, 1e-6)), 1)
    return { gradients: gradients.map(gradient => tf.mul(gradient, factor)), norm }
  })
}
