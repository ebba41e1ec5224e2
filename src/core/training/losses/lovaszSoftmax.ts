import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../foundation/appError'
import { detached } from '../../nn/ops/differentiable'
import { softmax } from '../../nn/ops/softmax'
import { flatPixels, IGNORED, oneHot, validPixels } from './flatPixels'
import { lovaszWeights, lovaszWeightsOfAll } from './lovaszWeights'
import { sumOf } from './sumOf'

export interface LovaszOptions {
  /** 'present': only classes with a labelled pixel count; 'all': every class. 'present' by default. */
  classes?: 'present' | 'all'
  /** One loss per image, averaged over the images, instead of one over the batch; false by default. */
  perImage?: boolean
  /** Label of pixels that do not count, 255 by default; null: every pixel does. */
  ignoreIndex?: number | null
  /**
   * The caller's word that there are two classes and that every label is one of them or ignored: their errors are then
   * the same, and one sort serves both. False by default.
   */
  binary?: boolean
}

/**
 * Lovász-softmax (Berman, Triki and Blaschko 2018): a surrogate of 1 - IoU, averaged over classes.
 *
 * @param logits [B, H, W, C] float32 (or [N, C] with perImage false).
 * @param labels [B, H, W] (or [N]) int32.
 * @returns a scalar; 0 with gradient 0 where every pixel is ignored. An image wholly ignored adds 0 to `perImage`'s mean
 *   and still counts in it.
 */
export function lovaszSoftmax(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { classes = 'present', perImage = false, ignoreIndex = IGNORED, binary = false }: LovaszOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    const overPixels = binary ? overTwoClasses : overClasses
    if (!perImage || logits.rank < 4) return overPixels(logits, labels, classes, ignoreIndex)
    const images = logits.shape[0]!
    const losses = Array.from({ length: images }, (_, b) =>
      overPixels(tf.slice(logits, b, 1), tf.slice(labels, b, 1), classes, ignoreIndex),
    )
    return tf.div(tf.addN(losses), images)
  })
}

function overClasses(
  logits: tf.Tensor,
  labels: tf.Tensor,
  which: 'present' | 'all',
  ignoreIndex: number | null,
): tf.Scalar {
  const flat = flatPixels(logits, labels)
  const probabilities = softmax(flat.logits)
  const valid = detached(() => tf.reshape(validPixels(flat.labels, ignoreIndex), [-1, 1]) as tf.Tensor2D)
  const truth = detached(() => tf.mul(oneHot(flat.labels, flat.classes), valid) as tf.Tensor2D)
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
  return sumOf(tf.mul(errors, weights))
}

function overTwoClasses(
  logits: tf.Tensor,
  labels: tf.Tensor,
  which: 'present' | 'all',
  ignoreIndex: number | null,
): tf.Scalar {
  const flat = flatPixels(logits, labels)
  if (flat.classes !== 2) {
    throw new AppError('shape-mismatch', `A binary loss has two classes; these logits have ${flat.classes}.`)
  }
  const probability = column(softmax(flat.logits), 1)
  const valid = detached(() => validPixels(flat.labels, ignoreIndex))
  const truth = detached(() => column(oneHot(flat.labels, 2), 1))
  const errors = tf.mul(tf.abs(tf.sub(truth, probability)), valid) as tf.Tensor1D
  const weights = detached(() => {
    const ranked = tf.sub(errors, tf.sub(1, valid)) as tf.Tensor1D
    const counts = [tf.sub(valid, truth), truth] as tf.Tensor1D[]
    const both = lovaszWeightsOfAll(ranked, counts)
    if (which === 'all') return tf.div(tf.add(both[0]!, both[1]!), 2) as tf.Tensor1D
    const present = counts.map(foreground => tf.cast(tf.greater(tf.sum(foreground), 0), 'float32'))
    const counted = tf.maximum(tf.add(present[0]!, present[1]!), 1)
    return tf.div(
      tf.add(tf.mul(both[0]!, present[0]!), tf.mul(both[1]!, present[1]!)),
      counted,
    ) as tf.Tensor1D
  })
  return sumOf(tf.mul(errors, weights))
}

function column(matrix: tf.Tensor, c: number): tf.Tensor1D {
  return tf.reshape(tf.slice(matrix, [0, c], [-1, 1]), [-1])
}
