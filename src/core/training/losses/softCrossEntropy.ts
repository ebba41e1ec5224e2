import * as tf from '@tensorflow/tfjs-core'
import { detached, differentiable } from '../../nn/ops/differentiable'
import { logSoftmax } from '../../nn/ops/logSoftmax'
import { flatPixels, IGNORED, oneHot, validPixels } from './flatPixels'
import { sumOf } from './sumOf'

export interface CrossEntropyOptions {
  /**
   * Whose mean. 'torch' (default): over the pixels that count, weighted where classes are, as PyTorch. 'toolbelt': over
   * all pixels, where those that do not count add 0, as pytorch-toolbelt and segmentation_models_pytorch.
   */
  variant?: 'torch' | 'toolbelt'
  /** 'sum': no division, in either variant; 'mean' by default. */
  reduction?: 'mean' | 'sum'
  /** e: the target is 1 - e + e / C for the labelled class and e / C for the others; 0 by default. */
  labelSmoothing?: number
  /** Weight of each class, [C]. */
  classWeights?: readonly number[]
  /** Target probabilities [..., C] in the place of hard labels; their mean is over pixels, class weights or not. */
  softTargets?: tf.Tensor
  /** Label of pixels that do not count, 255 by default; null: every pixel does. */
  ignoreIndex?: number | null
  /** [B, H, W] or [N] of 1 and 0: only pixels of 1 count, of those not ignored (hard examples). No gradient. */
  counted?: tf.Tensor
}

/**
 * Cross-entropy between the softmax of logits and hard, smoothed or soft targets.
 *
 * @param logits [B, H, W, C] or [N, C] float32, of any size (the softmax is shifted by its maximum).
 * @param labels [B, H, W] or [N] int32. A label that is no class does not count either (unless targets are soft).
 * @returns a scalar; 0 with gradient 0 where no pixel counts.
 */
export function softCrossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  options: CrossEntropyOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    const flat = flatPixels(logits, labels)
    const { targets, divisor } = targetsOf(flat, options)
    return differentiable<tf.Scalar>(
      [flat.logits],
      save => {
        const logProbabilities = logSoftmax(flat.logits)
        save([logProbabilities, targets, divisor])
        return tf.neg(tf.div(sumOf(tf.mul(targets, logProbabilities)), divisor))
      },
      (dy, saved) => {
        const [logProbabilities, wanted, count] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
        const mass = tf.sum(wanted, 1, true)
        return [tf.mul(tf.sub(tf.mul(tf.exp(logProbabilities), mass), wanted), tf.div(dy, count))]
      },
    )
  })
}

/** [N, C] target masses (zeros where a pixel does not count) and what their sum is divided by. */
function targetsOf(
  { labels, pixels, classes }: ReturnType<typeof flatPixels>,
  {
    variant = 'torch',
    reduction = 'mean',
    labelSmoothing = 0,
    classWeights,
    softTargets,
    ignoreIndex = IGNORED,
    counted,
  }: CrossEntropyOptions,
): { targets: tf.Tensor2D; divisor: tf.Scalar } {
  const hard = detached(() => oneHot(labels, classes))
  const valid = detached(() => {
    const kept = tf.reshape(validPixels(labels, ignoreIndex), [pixels, 1])
    const chosen = counted ? tf.mul(kept, tf.reshape(counted, [pixels, 1])) : kept
    return (softTargets ? chosen : tf.mul(chosen, tf.sum(hard, 1, true))) as tf.Tensor2D
  })
  const weights = classWeights ? tf.tensor2d([...classWeights], [1, classes]) : null
  const targets = detached(() => {
    const certain = softTargets ? tf.reshape(softTargets, [pixels, classes]) : hard
    const smooth = tf.add(tf.mul(certain, 1 - labelSmoothing), labelSmoothing / classes)
    return tf.mul(weights ? tf.mul(smooth, weights) : smooth, valid) as tf.Tensor2D
  })
  const divisor = detached(() => {
    if (reduction === 'sum') return tf.scalar(1)
    if (variant === 'toolbelt') return tf.scalar(pixels)
    const share = weights && !softTargets ? tf.mul(tf.mul(hard, weights), valid) : valid
    const total = sumOf(share)
    return tf.add(total, tf.cast(tf.equal(total, 0), 'float32')) as tf.Scalar
  })
  return { targets, divisor }
}
