import { throwIfAborted } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import { distributionGuard } from '../../core/patches/distributionGuard'
import { LANDSLIDE } from '../../core/patches/patch'
import {
  describeTargetStatistics,
  type TargetShares,
  type TargetStatistics,
} from '../../core/patches/targetStatistics'
import { ENSEMBLE, ensembleMean } from '../../core/rounds/ensemble'
import { imageStatistics, type ModelManifest, parseManifest } from '../../core/rounds/modelManifest'
import { FAMILY_TITLES } from '../../core/rounds/networks'
import {
  addTally,
  chooseThreshold,
  emptyTally,
  type ProbabilityTally,
  tallyOf,
} from '../../core/rounds/probabilityTally'
import type { KeptNetwork, RoundNetworkRecord, RoundRecord } from '../../core/rounds/round'
import { checkRoundConfig } from '../../core/rounds/roundConfig'
import { loadModelFolder, redescribed } from '../models/folder/modelFolder'
import { pooledScores } from './heldOutScores'
import { type LabelledPixels, maskedTruth, type PatchProvider } from './patchProvider'
import { predictMembers, predictPatches } from './predictPatches'
import type { SceneNetwork } from './predictScene'
import type { ModelFiles, RoundContext, RoundInput, RoundResult } from './roundInput'
import { type TargetLabels, targetLabels } from './targetLabels'
import { targetNormalisation } from './targetNormalisation'
import { correctedLabelIds, type TestSet, trainRoundNetwork } from './trainRoundNetwork'
import { storedProbability, writeEnsemble } from './writeEnsemble'

/**
 * What the distribution guard says of a round, for its notes: the target against the source, always; each domain
 * against what a parent learned from, where that differs.
 *
 * @throws AppError `model-invalid` if a parent's manifest is damaged, `bands-mismatch`.
 */
export function distributionNotes({
  config,
  statistics,
  parents,
}: Pick<RoundInput, 'config' | 'statistics' | 'parents'>): string[] {
  const notes: string[] = []
  const { source, target } = statistics
  if (target && target.count > 0 && source.count > 0) {
    notes.push(`Target against source: ${distributionGuard(target, source, 'the source').message}`)
  }
  for (const family of config.families) {
    const parent = parents[family]
    const manifest = parent?.files['manifest.json']
    if (!parent || !manifest) continue
    const trained = parseManifest(manifest).statistics
    for (const domain of ['source', 'target'] as const) {
      const [input, learned] = [statistics[domain], trained[domain]]
      if (!input?.count || !learned?.count) continue
      const { level, message } = distributionGuard(input, learned)
      if (level !== 'ok') notes.push(`${parent.id}, ${domain} against what it learned from: ${message}`)
    }
  }
  return notes
}

/**
 * One turn of progressive label refinement: labels the target (verdicts, else pseudo-labels of the last ensemble;
 * none: this round learns from the source alone), trains each network in turn from its parent, predicts target and
 * held-out patches again, and writes the mean as "ensemble".
 *
 * Stored "ensemble" probabilities are replaced only when every network is done, so that an interrupted round can be
 * taken up again with the same labels.
 *
 * @throws AppError `bad-argument`; `aborted`; `paused`; `training-impossible`; `training-diverged`; `gpu-failed`;
 *   `weights-mismatch` for a training checkpoint of another run; and what the store throws.
 */
export async function runRound(input: RoundInput, context: RoundContext = {}): Promise<RoundResult> {
  const { config, source, heldOut, target, store } = input
  const begin = input.now()
  checkRoundConfig(input.config, input.parents)
  const predicted = [...(target?.ids ?? []), ...heldOut.ids]
  const unitsPerNetwork = config.steps + predicted.length
  const total = unitsPerNetwork * config.families.length + predicted.length
  const labelled = await targetLabels(
    target?.ids ?? [],
    input.verdicts,
    store,
    config,
    context.signal,
    new Set(input.heldOutTargetIds),
  )
  const tests = testSet(input, labelled)
  let { heldOutBefore } = input
  if (heldOutBefore === undefined) {
    heldOutBefore = await tallyBefore(input, tests, context.signal)
    await input.onHeldOutBefore?.(heldOutBefore)
  }

  const records: RoundNetworkRecord[] = []
  const models: ModelFiles[] = []
  const notes = [...labelled.notes, ...distributionNotes(input)]
  const corrected = correctedLabelIds(input)
  if (corrected.length > 0)
    notes.push(`${plural(corrected.length, 'label')} of the source as the analyst corrected it.`)
  if (labelled.ids.length === 0) notes.push(SOURCE_ONLY)
  else if (source.ids.length === 0) notes.push(verdictsOnly(labelled.reviewedIds.length))
  const normalisation = targetNormalisation(input)
  if (normalisation) notes.push(`Normalised by: ${describeTargetStatistics(normalisation)}.`)
  if (!config.crossSensor) notes.push(ONE_BATCH_NORM)
  if (config.testTimeFlips) notes.push(FLIPS)
  if (input.finished?.length) {
    const resumed = input.finished.map(({ record }) => record.family).join(', ')
    notes.push(`Resumed: ${resumed} came from the interrupted run; the seconds are those of the rest.`)
  }
  for (const [turn, family] of config.families.entries()) {
    throwIfAborted(context.signal)
    const before = turn * unitsPerNetwork
    const known = input.finished?.find(({ record }) => record.family === family)
    const report = (done: number, label: string) =>
      context.onProgress?.({ label, done: before + done, total })
    const network = known ?? (await trainRoundNetwork(family, input, labelled, context, report, tests))
    if ('notes' in network) notes.push(...(network.notes as string[]))
    records.push(network.record)
    models.push(network.model)
    report(unitsPerNetwork, `${FAMILY_TITLES[family]} is done`)
    if (!known) await input.onNetwork?.({ model: network.model, record: network.record })
    await input.trainingCheckpoint?.clear(family)
  }

  const kept = await predictKept(input, context)
  const modelIds = [...models.map(({ id }) => id), ...kept.map(({ modelId }) => modelId)]
  const targetRecord = await writeEnsemble(modelIds, input, context, done =>
    context.onProgress?.({
      label: 'Taking the mean of the networks',
      done: total - predicted.length + done,
      total,
    }),
  )
  const { tallies, landslidePatches } = await heldOutTallies(modelIds, tests.patches, store, context.signal)
  const masks: ModelManifest['masks'] = tallies && {
    threshold: chooseThreshold(tallies.get(ENSEMBLE)!, landslidePatches),
    models: [...modelIds],
  }
  if (masks) {
    for (const [i, { id, files }] of models.entries())
      models[i] = { id, files: redescribed(files, manifest => ({ ...manifest, masks })) }
    await input.onModels?.(models)
  }
  const ensembleHeldOut =
    tests.patches.ids.length > 0
      ? await pooledScores(
          tests.patches,
          config.decisionThreshold,
          id => storedProbability(store, id, ENSEMBLE),
          context.signal,
        )
      : null
  const withTally = <Network extends KeptNetwork>(network: Network): Network => {
    const tally = tallies?.get(network.modelId)
    return tally ? { ...network, tally } : network
  }
  const record: RoundRecord = {
    id: input.id,
    index: input.index,
    parentRoundId: input.parentRoundId,
    at: input.at,
    seed: config.seed,
    backend: input.engine.backend,
    adapter: input.engine.adapter,
    config,
    statistics: input.statistics,
    normalisation: normalisation && withoutMoments(normalisation),
    verdictIds: [...labelled.verdictIds, ...corrected],
    sourcePatchIds: [...source.ids],
    targetPatchIds: [...labelled.ids],
    heldOutPatchIds: [...tests.patches.ids],
    networks: records.map(withTally),
    ...(kept.length > 0 && { kept: kept.map(withTally) }),
    ensembleHeldOut,
    heldOutTally: tallies?.get(ENSEMBLE) ?? null,
    heldOutBefore,
    maskThreshold: masks?.threshold ?? null,
    target: targetRecord,
    notes,
    seconds: (input.now() - begin) / 1000,
  }
  return { record, models, predicted }
}

/** Has the answers of the kept networks in the store: those that are there stay, so that no earlier round changes. */
async function predictKept(
  { kept = [], target, heldOut, statistics, config, store }: RoundInput,
  context: RoundContext,
): Promise<KeptNetwork[]> {
  const { signal } = context
  const records: KeptNetwork[] = []
  for (const { id: modelId, files } of kept) {
    const { family, weights, statistics: learned } = parseManifest(files['manifest.json'] ?? new Uint8Array())
    const record: KeptNetwork = { modelId, family, weightsHash: weights.sha256 }
    records.push(record)
    for (const [patches, domain] of [[target, 'target'] as const, [heldOut, 'source'] as const]) {
      const own = statistics[domain]
      if (!patches || !own) continue
      const used = imageStatistics({ statistics: learned }, own, config.targetStatistics, domain)
      if (domain === 'target') record.normalisation = withoutMoments(used)
      const missing: string[] = []
      for (const id of patches.ids) if (!(await store.readProbability(id, modelId))) missing.push(id)
      if (missing.length === 0) continue
      const { network, manifest } = await loadModelFolder(files)
      try {
        const how = { domain, scale: manifest.scale, context: { signal } }
        const rest = { ...patches, ids: missing, load: patches.load.bind(patches) }
        await predictPatches(network, rest, used.statistics, how, (id, probability) =>
          store.writeProbability(id, modelId, probability),
        )
      } finally {
        network.dispose()
      }
    }
  }
  return records
}

/** What scores are from: judged patches of the event itself where there are any held out, else the source's. */
function testSet({ heldOut, target }: RoundInput, { testIds, load }: TargetLabels): TestSet {
  if (!target || testIds.length === 0) return { patches: heldOut, domain: 'source' }
  return {
    patches: {
      ...target,
      ids: testIds,
      load: async id => ({ ...(await target.load(id)), label: (await load(id)).label }),
    },
    domain: 'target',
  }
}

/** Held-out pixels by the probability that each network and "ensemble" gave them, and how many patches hold landslides. */
async function heldOutTallies(
  modelIds: readonly string[],
  heldOut: PatchProvider,
  store: RoundInput['store'],
  signal: AbortSignal | undefined,
): Promise<{ tallies: Map<string, ProbabilityTally> | null; landslidePatches: number }> {
  if (heldOut.ids.length === 0) return { tallies: null, landslidePatches: 0 }
  const tallies = new Map([...modelIds, ENSEMBLE].map(id => [id, emptyTally()]))
  let landslidePatches = 0
  for (const id of heldOut.ids) {
    throwIfAborted(signal)
    const truth = maskedTruth(await heldOut.load(id))
    if (truth.includes(LANDSLIDE)) landslidePatches += 1
    for (const [modelId, tally] of tallies) {
      tallies.set(modelId, addTally(tally, tallyOf(await storedProbability(store, id, modelId), truth)))
    }
  }
  return { tallies, landslidePatches }
}

/**
 * Held-out pixels by the probability that the maps before the round gave them: those that are stored, else those of the
 * models that it starts from. null: there are neither, or nothing is held out.
 */
async function tallyBefore(
  { store, config, parents, kept = [], statistics }: RoundInput,
  { patches: heldOut, domain }: TestSet,
  signal: AbortSignal | undefined,
): Promise<ProbabilityTally | null> {
  const own = statistics[domain]
  if (heldOut.ids.length === 0 || !own) return null
  let tally = emptyTally()
  const add = (mean: Float32Array, patch: LabelledPixels) => {
    tally = addTally(tally, tallyOf(mean, maskedTruth(patch)))
  }
  let stored = 0
  for (const id of heldOut.ids) {
    throwIfAborted(signal)
    const mean = await store.readProbability(id, ENSEMBLE)
    if (!mean) break
    add(mean, await heldOut.load(id))
    stored++
  }
  if (stored === heldOut.ids.length) return tally
  tally = emptyTally()
  const networks: SceneNetwork[] = []
  try {
    for (const parent of [...config.families.map(family => parents[family]), ...kept]) {
      if (!parent) return null
      const { network, manifest } = await loadModelFolder(parent.files)
      const { statistics } = imageStatistics(manifest, own, config.targetStatistics, domain)
      networks.push({ network, statistics, scale: manifest.scale })
    }
    await predictMembers(networks, heldOut, { domain, context: { signal } }, (_, members, patch) =>
      add(ensembleMean(members), patch),
    )
  } finally {
    for (const { network } of networks) network.dispose()
  }
  return tally
}

/** Mean and deviation follow from the shares and the two sets' own, which are on record. */
function withoutMoments({ statistics: _, ...shares }: TargetStatistics): TargetShares {
  return shares
}

const SOURCE_ONLY = 'No target label yet: the networks learned from the source alone.'

const verdictsOnly = (count: number) =>
  `No labelled source: the networks learned from ${plural(count, 'accepted mask')}, and pseudo-labels where there were any.`

const FLIPS =
  'Predictions are means over the 8 flips and quarter turns; the held-out scores of single networks, by which their steps were chosen, are without.'

const ONE_BATCH_NORM = 'Cross-sensor normalisation is off: both domains share one set of running statistics.'
