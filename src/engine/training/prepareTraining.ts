import type { JobContext } from '../../core/foundation/job'
import type { TrainingConfig } from '../../core/rounds/roundConfig'
import { compileAhead } from '../gpu/compileAhead'
import type { SegmentationNetwork } from '../models/network'
import { describeNetwork } from '../models/prepareForward'
import { takeSteps } from './trainingMemory'

/**
 * Compiles the shaders of training before its first step; see `compileAhead`, of which it has the errors. The passes of
 * both kinds of labels are rehearsed, since a round has both.
 */
export async function prepareTraining(
  network: SegmentationNetwork,
  config: TrainingConfig,
  context: JobContext,
): Promise<void> {
  const { declare, family, preset, bands } = network
  if (!declare) return
  const { cropSize: side, scale, microBatch, checkpointing = false, ohem } = config
  const { crossEntropyWeight, lovaszWeight, auxiliaryWeight, emaDecay, labelSmoothing, gradientClip } = config
  const losses = [crossEntropyWeight, lovaszWeight, auxiliaryWeight, emaDecay, labelSmoothing, gradientClip]
  const name = JSON.stringify([side, scale, microBatch, checkpointing, ohem, losses])
  await compileAhead(
    `training ${name} ${describeNetwork(network)}`,
    meter => {
      const request = { family, preset, bands, side, scale, microBatch, checkpointing, config }
      takeSteps(request, meter, { declared: declare(), weight: 1, hardLabels: true })
    },
    context,
  )
}
