import * as tf from '@tensorflow/tfjs-core'
import { detached } from '../../nn/ops/differentiable'
import { softmax } from '../../nn/ops/softmax'
import { flatPixels, oneHot } from './flatPixels'
import { lovaszWeights } from './lovaszWeights'

export interface LovaszOptions {
  /** 'present': only classes with a labelled pixel count; 'all': every class. 'present' by default. */
  classes?: 'present' | 'all'
  /** One loss per image, averaged over the images, instead of one over the batch; false by default. */
  perImage?: boolean
}

/**
 * Lovász-softmax (Berman, Triki and Blaschko 2018): a surrogate of 1 - IoU, averaged over classes.
 *
 * @param logits [B, H, W, C] float32 (or [N, C] with perImage false).
 * @param labels [B, H, W] (or [N]) int32; 255 is ignored. An image wholly ignored adds 0 and still counts.
 */
export function lovaszSoftmax(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { classes = 'present', perImage = false }: LovaszOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    if (!perImage || logits.rank < 4) return overPixels(logits, labels, classes)
    const images = logits.shape[0]!
    const losses = Array.from({ length: images }, (_, b) =>
      overPixels(tf.slice(logits, b, 1), tf.slice(labels, b, 1), classes),
    )
    return tf.div(tf.addN(losses), images)
  })
}

function overPixels(logits: tf.Tensor, labels: tf.Tensor, which: 'present' | 'all'): tf.Scalar {
  const flat = flatPixels(logits, labels)
  const probabilities = softmax(flat.logits)
  const truth = detached(() => oneHot(flat.labels, flat.classes))
  const valid = detached(() => tf.sum(truth, 1, true) as tf.Tensor2D)
  const errors = tf.mul(tf.abs(tf.sub(truth, probabilities)), valid) as tf.Tensor2D
  const weights = detached(() => {
    const ranked = tf.sub(errors, tf.sub(1, valid))
    const columns = Array.from({ length: flat.classes }, (_, c) => {
      const foreground = column(truth, c)
      const weight = lovaszWeights(column(ranked, c), foreground)
      if (which === 'all') return weight
      return tf.mul(weight, tf.cast(tf.greater(tf.sum(foreground), 0), 'float32')) as tf.Tensor1D
    })
    const counted =
      which === 'all'
        ? tf.scalar(flat.classes)
        : tf.maximum(tf.sum(tf.cast(tf.greater(tf.sum(truth, 0), 0), 'float32')), 1)
    return tf.div(tf.stack(columns, 1), counted) as tf.Tensor2D
  })
  return tf.sum(tf.mul(errors, weights)) as tf.Scalar
}

function column(matrix: tf.Tensor, c: number): tf.Tensor1D {
  return tf.reshape(tf.slice(matrix, [0, c], [-1, 1]), [-1])
}
