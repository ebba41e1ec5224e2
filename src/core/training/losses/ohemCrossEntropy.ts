import * as tf from '@tensorflow/tfjs-core'
import { type HardPixelOptions, hardPixels } from './hardPixels'
import { type CrossEntropyOptions, softCrossEntropy } from './softCrossEntropy'

/** Choice of the pixels; `variant` also says what the sum is divided by. */
export type OhemOptions = HardPixelOptions

/**
 * Cross-entropy of the hard pixels only (online hard example mining, Shrivastava et al. 2016, as segmentation has it).
 *
 * 'hrnet': the mean over the kept pixels (HRNet's `OhemCrossEntropy`). 'mmseg': their sum over all pixels of the batch,
 * dropped and ignored ones too (mmsegmentation's `OHEMPixelSampler`).
 *
 * @param logits [B, H, W, C] or [N, C] float32.
 * @param labels [B, H, W] or [N] int32.
 * @param crossEntropy smoothing, class weights or soft targets of the pixels that are kept; HRNet and mmsegmentation
 *   use none. Which pixels are hard is told from the labels alone.
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
