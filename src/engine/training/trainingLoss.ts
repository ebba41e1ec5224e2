import * as tf from '@tensorflow/tfjs-core'
import type { Random } from '../../core/foundation/random'
import type { TrainingConfig } from '../../core/rounds/roundConfig'
import type { SegmentationNetwork } from '../models/network'
import { resizeBilinear } from '../nn/ops/resize'
import { type CombinedLossOptions, combinedLoss } from './losses/combinedLoss'
import type { TrainingBatch } from './trainingBatch'

export type TrainingLossConfig = Pick<
  TrainingConfig,
  | 'scale'
  | 'ohem'
  | 'crossSensor'
  | 'checkpointing'
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
    const mode = {
      training: true,
      domain: config.crossSensor ? batch.domain : 'source',
      random,
      checkpointing: config.checkpointing ?? false,
    } as const
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
    labelSmoothing,
    // Smoothed already where the label is the target.
    soft: batch.soft && tf.tensor1d(batch.soft),
    ohem: ohem && { threshold: ohem.threshold, minKept: Math.round(ohem.minKeptShare * batch.valid) },
  }
}
