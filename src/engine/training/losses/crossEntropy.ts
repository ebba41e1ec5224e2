import * as tf from '@tensorflow/tfjs-core'
import { IGNORE } from '../../../core/patches/patch'
import { detached, differentiable } from '../../nn/ops/differentiable'
import { logSoftmax } from '../../nn/ops/softmax'
import { sortDescending, valueAtRank } from '../../nn/ops/sortAndScan'
import { flatPixels, oneHot, sumOf, validPixels } from './flatPixels'

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
  /** Target probabilities [..., C] instead of hard labels; their mean is over pixels, class weights or not. */
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
 * @param labels [B, H, W] or [N] int32. A label that is not a class does not count either (unless targets are soft).
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
    ignoreIndex = IGNORE,
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
  { variant = 'hrnet', threshold = 0.7, minKept = 100_000, ignoreIndex = IGNORE }: HardPixelOptions = {},
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

/** Choice of the pixels; `variant` also says what the sum is divided by. */
type OhemOptions = HardPixelOptions

/**
 * Cross-entropy of the hard pixels only (online hard example mining, Shrivastava et al. 2016, as segmentation has it).
 *
 * 'hrnet': the mean over the kept pixels (HRNet's `OhemCrossEntropy`). 'mmseg': their sum over all pixels of the batch,
 * dropped and ignored ones too (mmsegmentation's `OHEMPixelSampler`).
 *
 * @param logits [B, H, W, C] or [N, C] float32.
 * @param labels [B, H, W] or [N] int32.
 * @param crossEntropy smoothing, class weights or soft targets of the pixels that are kept; HRNet and mmsegmentation
 *   use none. Which pixels are hard follows from the labels alone.
 * @returns a scalar; 0 with gradient 0 where nothing is kept.
 */
export function ohemCrossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  options: OhemOptions = {},
  crossEntropy: Omit<CrossEntropyOptions, 'variant' | 'counted' | 'ignoreIndex'> = {},
): tf.Scalar {
  return tf.tidy(() =>
    softCrossEntropy(logits, labels, {
      ...crossEntropy,
      variant: options.variant === 'mmseg' ? 'toolbelt' : 'torch',
      ignoreIndex: options.ignoreIndex,
      counted: hardPixels(logits, labels, options),
    }),
  )
}
