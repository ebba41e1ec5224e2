import * as tf from '@tensorflow/tfjs-core'
import { detached } from '../../nn/ops/differentiable'
import { logSoftmax } from '../../nn/ops/logSoftmax'
import { sortDescending } from '../../nn/ops/sortDescending'
import { valueAtRank } from '../../nn/ops/valueAtRank'
import { flatPixels, IGNORED, oneHot, validPixels } from './flatPixels'

export interface HardPixelOptions {
  /** What `minKept` counts over: 'hrnet' (default) the whole batch; 'mmseg' an image, so that the batch keeps B times. */
  variant?: 'hrnet' | 'mmseg'
  /**
   * Pixels whose true class has less than this probability are hard; 0.7 by default. null: no threshold, the `minKept`
   * pixels of the largest loss are taken (at a tie the earlier ones).
   */
  threshold?: number | null
  /** At least about this many pixels are kept, however easy; 100,000 by default. */
  minKept?: number
  /** Label of pixels that are never kept, 255 by default; null: there is none. */
  ignoreIndex?: number | null
}

/**
 * Which pixels online hard example mining keeps: those with p(true class) < max(threshold, p at rank minKept from the
 * hardest, counted from 0; of the easiest pixel where there are fewer). Strictly less, so that ties at the bound fall out.
 *
 * Stays on the device: nothing is read back.
 *
 * @param logits [B, H, W, C], or [N, C] as one image; float32.
 * @param labels [B, H, W] or [N] int32.
 * @returns [B H W] float32 of 1 (kept) and 0. No gradient.
 */
export function hardPixels(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { variant = 'hrnet', threshold = 0.7, minKept = 100_000, ignoreIndex = IGNORED }: HardPixelOptions = {},
): tf.Tensor1D {
  const images = logits.rank === 4 ? logits.shape[0]! : 1
  const wanted = variant === 'mmseg' ? minKept * images : minKept
  return detached(() => {
    const flat = flatPixels(logits, labels)
    const truth = oneHot(flat.labels, flat.classes)
    const valid = tf.mul(validPixels(flat.labels, ignoreIndex), tf.sum(truth, 1)) as tf.Tensor1D
    const logTrue = tf.sum(tf.mul(truth, logSoftmax(flat.logits)), 1) as tf.Tensor1D
    return threshold === null ? hardest(logTrue, valid, wanted) : below(logTrue, valid, threshold, wanted)
  })
}

function below(logTrue: tf.Tensor1D, valid: tf.Tensor1D, threshold: number, wanted: number): tf.Tensor1D {
  const probability = tf.exp(logTrue)
  // Falling -p is rising p; ignored pixels get -2 and so come last.
  const ranked = tf.sub(tf.mul(tf.neg(probability), valid), tf.mul(tf.sub(1, valid), 2))
  const last = tf.maximum(tf.sub(tf.sum(valid), 1), 0)
  const position = tf.cast(tf.minimum(wanted, last), 'int32')
  const bound = tf.maximum(tf.neg(valueAtRank(ranked as tf.Tensor1D, position)), threshold)
  return tf.mul(tf.cast(tf.less(probability, bound), 'float32'), valid)
}

function hardest(logTrue: tf.Tensor1D, valid: tf.Tensor1D, wanted: number): tf.Tensor1D {
  // Losses are not negative, so that ignored pixels, at -1, come last.
  const { indices } = sortDescending(tf.sub(tf.mul(tf.neg(logTrue), valid), tf.sub(1, valid)))
  const first = tf.cast(tf.less(tf.range(0, valid.size, 1, 'float32'), wanted), 'float32')
  const kept = tf.scatterND(tf.reshape(indices, [-1, 1]), first, [valid.size])
  return tf.mul(kept, valid) as tf.Tensor1D
}
