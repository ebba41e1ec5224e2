import * as tf from '@tensorflow/tfjs-core'
import { detached, differentiable } from '../../nn/ops/differentiable'
import { flatPixels, oneHot } from './flatPixels'
import { logSoftmax } from './logSoftmax'

export interface CrossEntropyOptions {
  /** e: the target is 1 - e + e / C for the labelled class and e / C for the others; 0 by default. */
  labelSmoothing?: number
  /** Weight of each class, [C]. */
  classWeights?: readonly number[]
  /** Target probabilities [..., C] instead of hard labels; pixels whose label is 255 stay ignored. */
  softTargets?: tf.Tensor
  /**
   * 'valid': mean over the pixels that count, weighted if classes are (PyTorch). 'all': ignored pixels count as 0
   * (pytorch-toolbelt, segmentation_models_pytorch). 'sum': no division.
   */
  reduction?: 'valid' | 'all' | 'sum'
}

/**
 * Cross-entropy between the softmax of logits and hard, smoothed or soft targets.
 *
 * @param logits [B, H, W, C] or [N, C] float32.
 * @param labels [B, H, W] or [N] int32; 255 is ignored.
 * @returns a scalar; 0 with gradient 0 where every pixel is ignored.
 */
export function softCrossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { labelSmoothing = 0, classWeights, softTargets, reduction = 'valid' }: CrossEntropyOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    const flat = flatPixels(logits, labels)
    const { targets, divisor } = detachedTargets()
    return differentiable<tf.Scalar>(
      [flat.logits],
      save => {
        const logProbabilities = logSoftmax(flat.logits)
        save([logProbabilities, targets, divisor])
        return tf.neg(tf.div(tf.sum(tf.mul(targets, logProbabilities)), divisor)) as tf.Scalar
      },
      (dy, saved) => {
        const [logProbabilities, wanted, count] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
        const mass = tf.sum(wanted, 1, true)
        return [tf.mul(tf.sub(tf.mul(tf.exp(logProbabilities), mass), wanted), tf.div(dy, count))]
      },
    )

    function detachedTargets(): { targets: tf.Tensor2D; divisor: tf.Scalar } {
      const { classes, pixels } = flat
      const hard = detached(() => oneHot(flat.labels, classes))
      const valid = detached(() => tf.sum(hard, 1, true) as tf.Tensor2D)
      const weights = classWeights ? tf.tensor2d([...classWeights], [1, classes]) : null
      const targets = detached(() => {
        const chosen = softTargets
          ? tf.mul(tf.reshape(softTargets, [pixels, classes]), valid)
          : tf.add(tf.mul(hard, 1 - labelSmoothing), tf.mul(valid, labelSmoothing / classes))
        return (weights ? tf.mul(chosen, weights) : chosen) as tf.Tensor2D
      })
      const divisor = detached(() => {
        if (reduction === 'sum') return tf.scalar(1)
        if (reduction === 'all') return tf.scalar(pixels)
        const counted = tf.sum(weights ? tf.mul(hard, weights) : valid)
        return tf.add(counted, tf.cast(tf.equal(counted, 0), 'float32')) as tf.Scalar
      })
      return { targets, divisor }
    }
  })
}
