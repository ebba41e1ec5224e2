import { randomStream } from '../foundation/random'
import { copySourceStatisticsToTarget } from '../models/copySourceStatisticsToTarget'
import { createNetwork } from '../models/createNetwork'
import type { NetworkFamily, SegmentationNetwork } from '../models/network'
import { trainNetwork } from '../training/trainNetwork'
import { heldOutScores } from './heldOutScores'
import type { PatchProvider } from './patchProvider'
import { predictPatches } from './predictPatches'
import type { RoundNetworkRecord } from './round'
import type { FinishedNetwork, RoundContext, RoundInput } from './roundInput'
import { openParent, packModel } from './roundModel'
import { roundSamples } from './roundSamples'

/**
 * Trains one network of a round, packs it as a model folder, and stores its probabilities of target and held-out
 * patches. The network's memory is free again on return, whatever happened.
 *
 * @param labels of the target patches to learn from; empty: the source alone.
 * @param onUnit called after each step and each predicted patch, (done, label).
 */
export async function trainRoundNetwork(
  family: NetworkFamily,
  input: RoundInput,
  labels: ReadonlyMap<string, Uint8Array>,
  context: RoundContext,
  onUnit: (done: number, label: string) => void,
): Promise<FinishedNetwork & { notes: string[] }> {
  const { config, statistics, source, heldOut, target } = input
  const seed = networkSeed(input, family)
  const parent = input.parents[family] ?? null
  const network = parent ? await openParent(parent, family) : createNetwork(family, config.preset, { seed })
  try {
    const adapts = target !== null && statistics.target !== null && labels.size > 0
    const training = await trainNetwork(
      network,
      {
        source: roundSamples(source, statistics.source, null),
        target: adapts ? roundSamples(target, statistics.target!, labels) : null,
        // A network that was trained before knows the source; a fresh one has to see it first.
        sourceOnlySteps: parent ? 0 : Math.min(config.warmupSteps, config.steps - 1),
        onTargetJoins: () => copySourceStatisticsToTarget(network),
        evaluate:
          heldOut.ids.length > 0
            ? signal => heldOutScores(network, heldOut, statistics.source, config.decisionThreshold, signal)
            : null,
      },
      { ...config, seed },
      { ...context, onProgress: ({ done, label }) => onUnit(done, label) },
    )
    if (!adapts) copySourceStatisticsToTarget(network)
    const { model, weightsHash } = await packModel(network, input, training, adapts ? labels.size : 0)
    await storePredictions(network, model.id, input, context, (done, label) =>
      onUnit(config.steps + done, label),
    )
    const record: RoundNetworkRecord = {
      modelId: model.id,
      family,
      preset: network.preset,
      weightsHash,
      parentModelId: parent?.id ?? null,
      bestStep: training.bestStep,
      losses: training.losses,
      heldOut: training.heldOut,
    }
    const notes = training.notes.map(note => `${family}: ${note}`)
    return { model, record, notes }
  } finally {
    network.dispose()
  }
}

/** Each network of each round draws from a seed of its own. */
function networkSeed({ config, index }: RoundInput, family: NetworkFamily): number {
  return randomStream(config.seed, 'round', index, family).integer(0, 0x7fffffff)
}

async function storePredictions(
  network: SegmentationNetwork,
  modelId: string,
  { target, heldOut, statistics, store }: RoundInput,
  context: RoundContext,
  onUnit: (done: number, label: string) => void,
): Promise<void> {
  const domains: [PatchProvider | null, 'source' | 'target'][] = [
    [target, 'target'],
    [heldOut, 'source'],
  ]
  let done = 0
  for (const [patches, domain] of domains) {
    const moments = statistics[domain]
    if (!patches || !moments) continue
    const options = { domain, context: { signal: context.signal } }
    await predictPatches(network, patches, moments, options, async (id, probability) => {
      await store.writeProbability(id, modelId, probability)
      onUnit(++done, `Predicting with ${network.family}`)
    })
  }
}
