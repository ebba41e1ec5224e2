import { AppError, toAppError } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/job'
import { randomStream } from '../../core/foundation/random'
import type { Domain } from '../../core/patches/patch'
import { parseManifest } from '../../core/rounds/modelManifest'
import { FAMILY_TITLES, type NetworkFamily } from '../../core/rounds/networks'
import { type RoundNetworkRecord, roundModelId } from '../../core/rounds/round'
import { presetOf } from '../../core/rounds/roundConfig'
import { createNetwork } from '../models/createNetwork'
import { loadModelFolder, saveModelFolder } from '../models/folder/modelFolder'
import type { SegmentationNetwork } from '../models/network'
import { copySourceStatisticsToTarget } from '../models/network'
import type { TrainingResult } from '../training/trainingJob'
import { trainNetwork } from '../training/trainNetwork'
import { adaptTargetStatistics } from './adaptTargetStatistics'
import { heldOutScores } from './heldOutScores'
import { type NetworkProgress, openNetworkProgress } from './networkProgress'
import { type PatchProvider, predictionOrder, roundSamples } from './patchProvider'
import { predictPatches } from './predictPatches'
import type { FinishedNetwork, ModelFiles, RoundContext, RoundInput } from './roundInput'
import type { TargetLabels } from './targetLabels'
import { normalisingStatistics } from './targetNormalisation'

/**
 * Opens the model that a network continues from. It keeps its own preset, whatever the round's is.
 *
 * @throws AppError `model-invalid` if it is damaged or of another family.
 */
async function openParent(parent: ModelFiles, family: NetworkFamily): Promise<SegmentationNetwork> {
  const { network } = await loadModelFolder(parent.files)
  if (network.family === family) return network
  network.dispose()
  throw new AppError('model-invalid', `Model "${parent.id}" is a ${network.family}, not a ${family}.`)
}

/** The trained network as a model folder with its provenance. */
async function packModel(
  network: SegmentationNetwork,
  input: RoundInput,
  training: TrainingResult,
  targetPatches: number,
): Promise<{ model: ModelFiles; weightsHash: string }> {
  const id = roundModelId(input.id, network.family)
  const data: string[] = []
  if (input.source.ids.length > 0) {
    data.push(`Round ${input.index}: ${input.source.ids.length} labelled source patches.`)
  }
  if (targetPatches > 0) data.push(`${targetPatches} target patches with pseudo-labels or reviewed masks.`)
  const files = await saveModelFolder(network, {
    id,
    title: `${network.family} ${network.preset}, round ${input.index}`,
    scale: input.config.scale,
    statistics: { source: input.statistics.source, target: normalisingStatistics(input, 'target') },
    training: {
      data,
      seed: input.config.seed,
      steps: training.steps,
      roundId: input.id,
      parentModelId: input.parents[network.family]?.id ?? null,
      at: input.at,
      backend: input.engine.backend,
      adapter: input.engine.adapter,
      heldOut: training.heldOut,
      notes: training.notes,
    },
    limits: [
      'Other sensors, resolutions or band orders than those of its training data.',
      'Regions unlike its training data: look at its masks before relying on them.',
    ],
  })
  return { model: { id, files }, weightsHash: parseManifest(files['manifest.json']!).weights.sha256 }
}

/** What a round's scores are from. */
export interface TestSet {
  patches: PatchProvider
  domain: Domain
}

/**
 * Trains one network of a round, packs it as a model folder, and stores its probabilities of target and held-out
 * patches. The network's memory is free again on return, whatever happened.
 *
 * @param labels of the target patches to learn from; none: the source alone.
 * @param onUnit called after each step and each predicted patch, (done, label).
 * @param tests what it is scored on.
 */
export async function trainRoundNetwork(
  family: NetworkFamily,
  input: RoundInput,
  labels: TargetLabels,
  context: RoundContext,
  onUnit: (done: number, label: string) => void,
  tests: TestSet = { patches: input.heldOut, domain: 'source' },
): Promise<FinishedNetwork & { notes: string[] }> {
  const { config, source, target } = input
  const seed = networkSeed(input, family)
  const parent = input.parents[family] ?? null
  const network = parent
    ? await openParent(parent, family)
    : createNetwork(family, presetOf(config, family), { seed })
  try {
    const sourceStatistics = input.statistics.source
    const targetStatistics = normalisingStatistics(input, 'target')
    const testStatistics = normalisingStatistics(input, tests.domain)
    const adapts = target !== null && targetStatistics !== null && labels.ids.length > 0
    // Without labelled source patches, the accepted masks take their place; those are the target's.
    const onVerdicts = source.ids.length === 0 && target !== null && targetStatistics !== null
    const judged = { ids: labels.reviewedIds, load: labels.load }
    const progress = await openNetworkProgress(input, family)
    const training = await trainNetwork(
      network,
      {
        ...(onVerdicts
          ? { source: roundSamples(target, targetStatistics, judged), sourceDomain: 'target' }
          : { source: roundSamples(source, sourceStatistics, null) }),
        target:
          adapts && !(onVerdicts && judged.ids.length === labels.ids.length)
            ? roundSamples(target, targetStatistics, labels)
            : null,
        // A network that was trained before knows the source; a fresh one has to see it first.
        sourceOnlySteps: parent ? 0 : Math.min(config.warmupSteps, config.steps - 1),
        ...(!onVerdicts && { onTargetJoins: () => copySourceStatisticsToTarget(network) }),
        evaluate:
          tests.patches.ids.length > 0 && testStatistics
            ? signal =>
                heldOutScores(network, tests.patches, testStatistics, config.decisionThreshold, signal, {
                  domain: tests.domain,
                  scale: config.scale,
                })
            : null,
        identity: identityOf(input, labels, tests, parent),
      },
      { ...config, seed },
      {
        ...context,
        onProgress: ({ done, label }) => onUnit(done, label),
        ...(progress && { checkpoint: progress.checkpoint }),
      },
    )
    if (!adapts && config.crossSensor && target !== null && targetStatistics !== null) {
      const unlabelled = roundSamples(target, targetStatistics, null)
      await adaptTargetStatistics(network, unlabelled, { ...config, seed }, context.signal)
    } else if (!adapts && !onVerdicts) copySourceStatisticsToTarget(network)
    const { model, weightsHash } = await packModel(network, input, training, adapts ? labels.ids.length : 0)
    await storePredictions(network, model.id, input, context, progress, (done, label) =>
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
    if (progress?.checkpoint.resumeFrom) {
      notes.push(`${family}: resumed from its checkpoint; the seconds are those of the rest.`)
    }
    return { model, record, notes }
  } finally {
    network.dispose()
  }
}

/** Each network of each round draws from a seed of its own. */
function networkSeed({ config, index }: RoundInput, family: NetworkFamily): number {
  return randomStream(config.seed, 'round', index, family).integer(0, 0x7fffffff)
}

/** Verdicts by which labels of the source or of the held-out patches are not as their files have them. */
export function correctedLabelIds({ source, heldOut, verdicts }: RoundInput): string[] {
  const labelled = new Set([...source.ids, ...heldOut.ids])
  return verdicts
    .filter(({ kind, patchId }) => kind === 'label-corrected' && labelled.has(patchId))
    .map(({ id }) => id)
}

/** What a training's results follow from besides its own configuration and the patches' ids. */
function identityOf(
  input: RoundInput,
  labels: TargetLabels,
  tests: TestSet,
  parent: ModelFiles | null,
): string {
  const { id, parentRoundId, config, statistics } = input
  const { pseudoLabel, softPseudoLabels, targetStatistics, decisionThreshold } = config
  const manifest = parent?.files['manifest.json']
  return JSON.stringify({
    round: [id, parentRoundId],
    parent: parent && [parent.id, manifest && parseManifest(manifest).weights.sha256],
    labels: [pseudoLabel, softPseudoLabels, [...labels.verdictIds, ...correctedLabelIds(input)]],
    // The plain rules as earlier versions named them, so that a round that they left unfinished is resumed.
    normalisation: [targetStatistics === 'auto' ? 'auto' : targetStatistics === 'self', statistics],
    heldOut: [tests.patches.ids, decisionThreshold],
  })
}

async function storePredictions(
  network: SegmentationNetwork,
  modelId: string,
  input: RoundInput,
  context: RoundContext,
  progress: NetworkProgress | null,
  onUnit: (done: number, label: string) => void,
): Promise<void> {
  const { config, target, heldOut, store } = input
  const domains: [PatchProvider | null, Domain][] = [
    [target, 'target'],
    [heldOut, 'source'],
  ]
  let done = 0
  for (const [patches, domain] of domains) {
    const statistics = normalisingStatistics(input, domain)
    if (!patches || !statistics) continue
    const order = predictionOrder(patches)
    const known = Math.min(order.length, Math.max(0, (progress?.predicted ?? 0) - done))
    done += known
    const { scale, testTimeFlips: flips } = config
    const pauseIfAsked = () => {
      if (context.pause?.()) throw new AppError('paused', 'Paused: resume the round to continue from here.')
    }
    const doing = `Predicting with ${FAMILY_TITLES[network.family]}`
    const within: JobContext = {
      signal: context.signal,
      // Of a scene, many windows go by before the next cell is whole.
      onProgress({ label }) {
        onUnit(done, `${doing}, ${label.toLowerCase()}`)
        pauseIfAsked()
      },
    }
    const rest = { ...patches, ids: order.slice(known), load: patches.load.bind(patches) }
    const options = { domain, scale, flips, context: within }
    try {
      await predictPatches(network, rest, statistics, options, async (id, probability) => {
        await store.writeProbability(id, modelId, probability)
        onUnit(++done, doing)
        await progress?.notePredicted(done)
        pauseIfAsked()
      })
    } catch (thrown) {
      if (toAppError(thrown).code === 'paused') await progress?.notePredicted(done, true)
      throw thrown
    }
  }
}
