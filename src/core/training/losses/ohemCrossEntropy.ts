import * as tf from '@tensorflow/tfjs-core'
import { detached, differentiable } from '../../nn/ops/differentiable'
import { sortDescending } from '../../nn/ops/sortDescending'
import { flatPixels, oneHot } from './flatPixels'
import { logSoftmax } from './logSoftmax'

export interface OhemOptions {
  /** Pixels whose true class has less than this probability are hard; 0.7 by default. */
  threshold?: number
  /** At least about this many pixels of the batch are kept, however easy; 100,000 by default. */
  minKept?: number
}

/**
 * Cross-entropy of the hard pixels only (online hard example mining, as HRNet's `OhemCrossEntropy` has it): keep the
 * pixels with p(true class) < max(threshold, the minKept-th smallest p), average over the kept ones.
 *
 * @param logits [B, H, W, C] or [N, C] float32.
 * @param labels [B, H, W] or [N] int32; 255 is ignored.
 * @returns a scalar; 0 with gradient 0 where nothing is kept.
 */
export function ohemCrossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { threshold = 0.7, minKept = 100_000 }: OhemOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    const flat = flatPixels(logits, labels)
    const truth = detached(() => oneHot(flat.labels, flat.classes))
    return differentiable<tf.Scalar>(
      [flat.logits],
      save => {
        const logProbabilities = logSoftmax(flat.logits)
        const valid = tf.sum(truth, 1) as tf.Tensor1D
        const logTrue = tf.sum(tf.mul(truth, logProbabilities), 1) as tf.Tensor1D
        const kept = hardPixels(tf.exp(logTrue), valid, threshold, minKept)
        const share = tf.div(kept, tf.maximum(tf.sum(kept), 1)) as tf.Tensor1D
        save([logProbabilities, share, truth])
        return tf.neg(tf.sum(tf.mul(share, logTrue))) as tf.Scalar
      },
      (dy, saved) => {
        const [logProbabilities, weights, wanted] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
        const scale = tf.mul(tf.reshape(weights, [-1, 1]), dy)
        return [tf.mul(tf.sub(tf.exp(logProbabilities), wanted), scale)]
      },
    )
  })
}

/** [N] float32: 1 where the pixel is kept. */
function hardPixels(
  probability: tf.Tensor1D,
  valid: tf.Tensor1D,
  threshold: number,
  minKept: number,
): tf.Tensor1D {
  // Falling -p is rising p; ignored pixels get -2 and so come last.
  const { values } = sortDescending(tf.sub(tf.mul(tf.neg(probability), valid), tf.mul(tf.sub(1, valid), 2)))
  const last = tf.maximum(tf.sub(tf.sum(valid), 1), 0)
  const position = tf.cast(tf.minimum(minKept, last), 'int32')
  const smallest = tf.neg(tf.gather(values, tf.reshape(position, [1])))
  const bound = tf.maximum(smallest, threshold)
  return tf.mul(tf.cast(tf.less(probability, bound), 'float32'), valid)
}
