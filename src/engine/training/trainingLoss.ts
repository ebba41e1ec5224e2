import * as tf from '@tensorflow/tfjs-core'
import type { Random } from '../../core/foundation/random'
import type { TrainingConfig } from '../../core/rounds/roundConfig'
import type { SegmentationNetwork } from '../models/network'
import { resizeBilinear } from '../nn/ops/resize'
import {
  type CrossEntropyOptions,
  type OhemOptions,
  ohemCrossEntropy,
  softCrossEntropy,
} from './losses/crossEntropy'
import { type LovaszOptions, lovaszSoftmax } from './losses/lovasz'
import type { TrainingBatch } from './trainingBatch'

interface CombinedLossOptions {
  /** Weight of the cross-entropy; 1 by default. */
  crossEntropyWeight?: number
  /** Weight of Lovász-softmax; 1 by default, 0 leaves it out. */
  lovaszWeight?: number
  crossEntropy?: CrossEntropyOptions
  lovasz?: LovaszOptions
  /**
   * Given: the cross-entropy looks at hard pixels only, chosen and averaged as this says; of `crossEntropy` the smoothing,
   * the class weights and the soft targets still apply. Lovász-softmax sees every pixel either way. Off by default.
   */
  ohem?: OhemOptions
}

/**
 * What the networks are trained with: cross-entropy plus Lovász-softmax on full-resolution logits.
 *
 * @param logits [B, H, W, C] float32.
 * @param labels [B, H, W] int32; 255 is ignored.
 */
export function combinedLoss(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { crossEntropyWeight = 1, lovaszWeight = 1, crossEntropy, lovasz, ohem }: CombinedLossOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    const terms: tf.Scalar[] = []
    if (crossEntropyWeight !== 0) {
      const term = ohem
        ? ohemCrossEntropy(logits, labels, ohem, crossEntropy)
        : softCrossEntropy(logits, labels, crossEntropy)
      terms.push(tf.mul(term, crossEntropyWeight))
    }
    if (lovaszWeight !== 0) terms.push(tf.mul(lovaszSoftmax(logits, labels, lovasz), lovaszWeight))
    return terms.length === 0 ? tf.scalar(0) : tf.addN(terms)
  })
}

export type TrainingLossConfig = Pick<
  TrainingConfig,
  | 'scale'
  | 'ohem'
  | 'crossSensor'
  | 'labelSmoothing'
  | 'crossEntropyWeight'
  | 'lovaszWeight'
  | 'auxiliaryWeight'
>

/**
 * The loss of one training pass: the batch enlarged on the device (scale promotion), the network's logits back on the
 * labels' own grid (bilinear, corners not aligned, as in prediction), cross-entropy of the hard pixels plus
 * Lovász-softmax; the same of a coarser head, weighted, where the network has one.
 *
 * At x4 a label looks at the four middle logits of its sixteen, which is what bilinear without antialiasing means.
 *
 * @param random what drop path and dropout draw from.
 */
export function trainingLoss(
  network: Pick<SegmentationNetwork, 'forward' | 'forwardWithAuxiliary'>,
  batch: TrainingBatch,
  config: TrainingLossConfig,
  random: Random,
): tf.Scalar {
  return tf.tidy(() => {
    const { size, side } = batch
    const bands = batch.pixels.length / (size * side * side)
    const labels = tf.tensor3d(batch.label, [size, side, side], 'int32')
    const promoted = Math.round(side * config.scale)
    const pixels = resizeBilinear(tf.tensor4d(batch.pixels, [size, side, side, bands]), [promoted, promoted])
    const options = lossOptions(batch, config)
    const lossOf = (logits: tf.Tensor4D) =>
      combinedLoss(resizeBilinear(logits, [side, side]), labels, options)
    const mode = { training: true, domain: config.crossSensor ? batch.domain : 'source', random } as const
    if (config.auxiliaryWeight === 0 || !network.forwardWithAuxiliary) {
      return lossOf(network.forward(pixels, mode))
    }
    const { logits, auxiliary } = network.forwardWithAuxiliary(pixels, mode)
    return tf.add(lossOf(logits), tf.mul(lossOf(auxiliary), config.auxiliaryWeight))
  })
}

function lossOptions(batch: TrainingBatch, config: TrainingLossConfig): CombinedLossOptions {
  const { ohem, labelSmoothing, crossEntropyWeight, lovaszWeight } = config
  return {
    crossEntropyWeight,
    lovaszWeight,
    // Batches hold 0, 1 and 255.
    lovasz: { binary: true },
    // Soft targets hold smoothed labels already: a probability is not smoothed again.
    crossEntropy: batch.soft ? { softTargets: twoClasses(batch.soft) } : { labelSmoothing },
    ...(ohem && {
      ohem: { threshold: ohem.threshold, minKept: Math.round(ohem.minKeptShare * batch.valid) },
    }),
  }
}

/** [N, 2]: background, landslide. */
function twoClasses(probability: Float32Array): tf.Tensor2D {
  const both = new Float32Array(2 * probability.length)
  for (const [i, p] of probability.entries()) {
    both[2 * i] = 1 - p
    both[2 * i + 1] = p
  }
  return tf.tensor2d(both, [probability.length, 2])
}
