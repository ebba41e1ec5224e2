import { throwIfAborted } from '../../../core/foundation/appError'
import type { NetworkFamily } from '../../../core/models/network'
import { completeRoundConfig } from '../../../core/refinement/defaultRoundConfig'
import { presetOf } from '../../../core/refinement/roundConfig'
import { chooseMicroBatch } from '../../../core/training/memory/chooseMicroBatch'
import {
  estimateTrainingMemory,
  type TrainingMemoryRequest,
} from '../../../core/training/memory/estimateTrainingMemory'
import type { EngineApi, RoundNeed } from '../../protocol'
import type { ModelCatalogue } from '../modelCatalogue'
import { parentScale } from './parentScale'
import { roundParents } from './roundParents'

/**
 * What a round would take of the GPU, network by network, rehearsed and not spent; with a budget, for the largest batch
 * that fits all of them.
 *
 * @param largestBuffer bytes that the device allows a buffer.
 * @throws AppError `gpu-limit` where not even one crop at a time fits, `gpu-unavailable`, `aborted`.
 */
export async function estimateRound(
  catalogue: ModelCatalogue,
  {
    config: wanted,
    startFrom = {},
    parentRoundId = null,
    budgetBytes,
  }: EngineApi['estimateRound']['request'],
  largestBuffer: number,
  signal: AbortSignal,
): Promise<RoundNeed> {
  const config = completeRoundConfig(wanted)
  const parents = await roundParents(catalogue, config, startFrom, parentRoundId)
  const scale = wanted.scale ?? (await parentScale(catalogue, Object.values(parents)))
  const requestOf = async (family: NetworkFamily): Promise<Omit<TrainingMemoryRequest, 'microBatch'>> => {
    const parent = parents[family]
    const manifest = parent ? await catalogue.manifest(parent) : null
    return {
      family,
      // A network that goes on from a model keeps that model's size.
      preset: manifest?.preset ?? presetOf(config, family),
      ...(manifest && { options: manifest.options }),
      side: config.cropSize,
      scale,
      config,
    }
  }
  const requests = await Promise.all(config.families.map(requestOf))
  let { microBatch, accumulate } = config
  if (budgetBytes !== null) {
    const fitting = requests.map(request => {
      throwIfAborted(signal)
      return chooseMicroBatch(budgetBytes, request, largestBuffer)
    })
    microBatch = Math.min(...fitting.map(choice => choice.microBatch))
    accumulate = Math.max(...fitting.map(choice => choice.accumulate))
  }
  const networks: RoundNeed['networks'] = []
  for (const request of requests) {
    throwIfAborted(signal)
    const { peakBytes, largestBytes } = estimateTrainingMemory({ ...request, microBatch })
    networks.push({ family: request.family, preset: request.preset, peakBytes, largestBytes })
  }
  return {
    networks,
    microBatch,
    accumulate,
    largestBuffer: Number.isFinite(largestBuffer) ? largestBuffer : null,
  }
}
