import * as tf from '@tensorflow/tfjs-core'
import { throwIfAborted } from '../../core/foundation/appError'
import { yieldToEventLoop } from '../../core/foundation/job'
import { type Random, randomStream } from '../../core/foundation/random'
import type { TrainingConfig } from '../../core/rounds/roundConfig'
import {
  copySourceStatisticsToTarget,
  requireFiniteOutput,
  type SegmentationNetwork,
} from '../models/network'
import { prepareForward } from '../models/prepareForward'
import { resizeBilinear } from '../nn/ops/resize'
import { createBatchSource } from '../training/trainingBatch'
import type { SampleProvider } from '../training/trainingSample'

/** At most; with a momentum of 0.1, what was there before then keeps 0.5 % of its weight. A short run takes fewer. */
const MOST_PASSES = 50

/**
 * Gives the target domain its own running statistics before there are labels for it: forward passes over target crops
 * as they are, in training mode, no gradient (adaptive batch normalisation: Li et al., "Revisiting batch normalization
 * for practical domain adaptation", 2016). Cross-sensor normalisation has nothing else to tell the domains apart by
 * while the target is unlabelled. Weights and the source's statistics stay as they are; where scale and shift are
 * separate, the target gets the source's.
 *
 * @param target normalised as the round normalises it; labels are not looked at.
 * @throws AppError `aborted`, `gpu-failed`.
 */
export async function adaptTargetStatistics(
  network: SegmentationNetwork,
  target: SampleProvider,
  config: TrainingConfig,
  signal?: AbortSignal,
): Promise<void> {
  copySourceStatisticsToTarget(network)
  const plain = { ...config, augment: false, landslideShare: 0 }
  const batches = createBatchSource(target, 'target', plain)
  const { cropSize, microBatch } = config
  const promoted = Math.round(cropSize * config.scale)
  const forward = (
    definition: Pick<SegmentationNetwork, 'forward'>,
    x: tf.Tensor4D,
    random: Random,
  ): tf.Tensor4D => {
    const mode = { training: true, domain: 'target', random } as const
    return definition.forward(resizeBilinear(x, [promoted, promoted]), mode)
  }
  await prepareForward(
    network,
    `target statistics ${config.scale}`,
    [microBatch, cropSize, cropSize],
    (definition, x) => probeOf(forward(definition, x, randomStream(config.seed, 'rehearsal'))),
    { signal },
  )
  for (let pass = 0; pass < Math.min(MOST_PASSES, config.steps); pass++) {
    throwIfAborted(signal)
    const { size, side, pixels } = await batches.next()
    const random = randomStream(config.seed, 'target statistics', pass)
    const logits = tf.tidy(() =>
      forward(network, tf.tensor4d(pixels, [size, side, side, network.bands]), random),
    )
    try {
      // Reading one value keeps few passes in flight, and the event loop alive.
      const probe = tf.tidy(() => probeOf(logits))
      const values = await probe.data().finally(() => probe.dispose())
      requireFiniteOutput(network, values[0])
    } finally {
      logits.dispose()
    }
    await yieldToEventLoop()
  }
}

/** One value of an output, which says whether it is finite at all. */
function probeOf(logits: tf.Tensor4D): tf.Tensor {
  return tf.slice(logits, [0, 0, 0, 0], [1, 1, 1, 1])
}
