import * as tf from '@tensorflow/tfjs-core'
import { IGNORE } from '../../../core/patches/patch'
import { detached } from '../../nn/ops/differentiable'
import { softmax } from '../../nn/ops/softmax'
import { prefixSum, sortDescending } from '../../nn/ops/sortAndScan'
import { flatPixels, oneHot, sumOf, validPixels } from './flatPixels'

/**
 * The gradient of the Lovász extension of the Jaccard loss at given errors, in the errors' own order.
 *
 * Sorted by falling error, weight i is the difference of 1 - intersection / union when pixel i joins the mistakes
 * (Berman et al. 2018, algorithm 1). In closed form, without subtracting near-equal ratios: 1 / union for a foreground
 * pixel, intersection / (union (union - 1)) for a background one.
 *
 * @param errors [N] float32; ignored pixels hold a value below every other.
 * @param foreground [N] float32, 1 or 0.
 * @returns [N] float32. A constant: call it detached.
 */
function lovaszWeights(errors: tf.Tensor1D, foreground: tf.Tensor1D): tf.Tensor1D {
  const { indices } = sortDescending(errors)
  const sorted = tf.gather(foreground, indices)
  const seen = prefixSum(sorted)
  const total = tf.sum(foreground)
  const position = tf.range(1, errors.size + 1, 1, 'float32')
  const intersection = tf.sub(total, seen)
  const union = tf.add(total, tf.sub(position, seen))
  const before = tf.maximum(tf.sub(union, 1), 1)
  const background = tf.div(intersection, tf.mul(union, before))
  const first = tf.cast(tf.equal(union, 1), 'float32')
  const alone = tf.mul(first, tf.cast(tf.equal(total, 0), 'float32'))
  const weights = tf.add(
    tf.div(sorted, tf.maximum(union, 1)),
    tf.mul(tf.sub(1, sorted), tf.add(background, alone)),
  )
  return tf.scatterND(tf.reshape(indices, [-1, 1]), weights, [errors.size]) as tf.Tensor1D
}

interface LovaszOptions {
  /** 'present': only classes with a labelled pixel count; 'all': every class. 'present' by default. */
  classes?: 'present' | 'all'
  /** One loss per image, averaged over the images, instead of one over the batch; false by default. */
  perImage?: boolean
  /** Label of pixels that do not count, 255 by default; null: every pixel does. */
  ignoreIndex?: number | null
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
  { classes = 'present', perImage = false, ignoreIndex = IGNORE }: LovaszOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    if (!perImage || logits.rank < 4) return overClasses(logits, labels, classes, ignoreIndex)
    const images = logits.shape[0]!
    const losses = Array.from({ length: images }, (_, b) =>
      overClasses(tf.slice(logits, b, 1), tf.slice(labels, b, 1), classes, ignoreIndex),
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

function column(matrix: tf.Tensor, c: number): tf.Tensor1D {
  return tf.reshape(tf.slice(matrix, [0, c], [-1, 1]), [-1])
}

/**
 * Binary Lovász hinge (Berman et al. 2018) on one logit per pixel.
 *
 * @param logits [B, H, W] float32.
 * @param labels [B, H, W] int32, 0 or 1.
 * @returns a scalar; 0 with gradient 0 where every pixel is ignored. An image wholly ignored adds 0 to `perImage`'s mean
 *   and still counts in it. The slope of max(0, error) at 0 is 0.
 */
export function lovaszHinge(
  logits: tf.Tensor3D,
  labels: tf.Tensor3D,
  { perImage = false, ignoreIndex = IGNORE }: Omit<LovaszOptions, 'classes'> = {},
): tf.Scalar {
  return tf.tidy(() => {
    if (!perImage) return overPixels(logits, labels, ignoreIndex)
    const images = logits.shape[0]
    const losses = Array.from({ length: images }, (_, b) =>
      overPixels(tf.slice(logits, b, 1), tf.slice(labels, b, 1), ignoreIndex),
    )
    return tf.div(tf.addN(losses), images)
  })
}

function overPixels(logits: tf.Tensor, labels: tf.Tensor, ignoreIndex: number | null): tf.Scalar {
  const flat = tf.reshape(logits, [-1]) as tf.Tensor1D
  const label = tf.cast(tf.reshape(labels, [-1]), 'int32') as tf.Tensor1D
  const valid = detached(() => validPixels(label, ignoreIndex))
  const foreground = detached(() => tf.mul(tf.cast(tf.equal(label, 1), 'float32'), valid) as tf.Tensor1D)
  const sign = detached(() => tf.sub(tf.mul(foreground, 2), 1) as tf.Tensor1D)
  const errors = tf.sub(1, tf.mul(flat, sign)) as tf.Tensor1D
  const weights = detached(() => {
    const lowest = tf.mul(tf.sub(1, valid), 1e30)
    const weight = lovaszWeights(tf.sub(tf.mul(errors, valid), lowest) as tf.Tensor1D, foreground)
    return tf.mul(weight, valid) as tf.Tensor1D
  })
  return sumOf(tf.mul(tf.relu(errors), weights))
}
