import { AppError, throwIfAborted } from '../../../core/foundation/appError'
import type { BandStatistics } from '../../../core/patches/statistics'
import { domainStatistics, type UnfinishedRound } from '../../../core/review/records'
import { currentVerdicts, makesLabel } from '../../../core/review/verdict'
import { learnedMeans, learnedStatistics } from '../../../core/rounds/modelManifest'
import type { NetworkFamily } from '../../../core/rounds/networks'
import { roundId } from '../../../core/rounds/round'
import { completeRoundConfig, presetOf, type RoundConfig } from '../../../core/rounds/roundConfig'
import { samplesWithMeans } from '../../../core/scenes/absentBands'
import {
  chooseMicroBatch,
  estimateTrainingMemory,
  type TrainingMemoryRequest,
  workOfStep,
} from '../../../engine'
import type { ProjectStore } from '../../../storage/projectStore'
import type { EngineApi, RoundNeed } from '../../protocol'
import type { ModelCatalogue } from '../modelCatalogue'

const NOTHING_TO_LEARN =
  'A round learns from labels and accepted masks, and there is none to train on: add images with their masks, or accept masks that the models predict.'

/**
 * Settles what a round is of: held-out patches stay out, verdicts are the current ones and labels enough, each network
 * starts from the model chosen for it, else the parent round's or a starter's where there is one of its family and size.
 * The parent is the round asked for, else the latest. Where no scale promotion is asked for, the models' own. Nothing is stored.
 *
 * @param at ISO 8601.
 * @throws AppError `training-impossible` without a label or an accepted mask to learn from, `bad-argument` for a parent
 *   that is not on record.
 */
export async function planRound(
  store: ProjectStore,
  catalogue: ModelCatalogue,
  {
    config: wanted,
    startFrom = {},
    parentRoundId = null,
    ensemble = [],
  }: Pick<EngineApi['startRound']['request'], 'config' | 'startFrom' | 'parentRoundId' | 'ensemble'>,
  at: string,
): Promise<UnfinishedRound> {
  const asked = completeRoundConfig(wanted)
  const records = await store.patches()
  const labelled = records.filter(record => record.domain === 'source' && record.hasLabel)
  const training = labelled.filter(record => !record.heldOut)
  const targets = records.filter(record => record.domain === 'target')
  const verdicts = Object.values(currentVerdicts(await store.history()))
  const accepted = new Set(verdicts.filter(makesLabel).map(({ patchId }) => patchId))
  const rounds = await store.rounds()
  const latest = rounds.at(-1)
  const parent = parentRoundId === null ? latest : rounds.find(({ id }) => id === parentRoundId)
  if (parentRoundId !== null && !parent) {
    throw new AppError(
      'bad-argument',
      'The round to continue from is not in this project: choose another one.',
    )
  }
  const parents = await roundParents(catalogue, asked, startFrom, parent?.id ?? null)
  const means = await roundMeans(catalogue, parents)
  const scenes = (await store.scenes()).map(scene =>
    means ? { ...scene, samples: samplesWithMeans(scene, means) } : scene,
  )
  const target = domainStatistics(records, 'target', scenes)
  const byVerdicts = target !== null && targets.some(({ id, heldOut }) => !heldOut && accepted.has(id))
  if (training.length === 0 && !byVerdicts) throw new AppError('training-impossible', NOTHING_TO_LEARN)
  const scale = wanted.scale ?? (await parentScale(catalogue, Object.values(parents)))
  const config = { ...asked, scale }
  const kept: string[] = []
  for (const id of ensemble) {
    if (!config.families.includes((await catalogue.manifest(id)).family)) kept.push(id)
  }
  const own = domainStatistics(records, 'source', scenes) ?? target
  if (!own) throw new AppError('training-impossible', NOTHING_TO_LEARN)
  const learned = training.length === 0 && target && (await learnedFrom(catalogue, parents, target))
  const index = (latest?.index ?? 0) + 1
  const ids = (patches: readonly { id: string }[]) => patches.map(({ id }) => id)
  return {
    id: roundId(index, config.seed),
    index,
    parentRoundId: parent?.id ?? null,
    at,
    config,
    statistics: { source: learned || own, target },
    ...(means && { means }),
    verdicts,
    sourcePatchIds: ids(training),
    heldOutPatchIds: ids([...labelled, ...targets].filter(record => record.heldOut)),
    targetPatchIds: ids(targets),
    parents,
    kept,
    finished: [],
    saved: null,
    curves: {},
    resumed: 0,
    stopped: null,
  }
}

/**
 * Ids of the models that the networks of a round begin from: the one chosen, else that of the round it continues,
 * else a starter of its size. Families without any are left out: they begin from fresh weights.
 *
 * @param parentRoundId the round to continue from; null: the latest.
 */
async function roundParents(
  catalogue: ModelCatalogue,
  config: RoundConfig,
  startFrom: Partial<Record<NetworkFamily, string>>,
  parentRoundId: string | null,
): Promise<Partial<Record<NetworkFamily, string>>> {
  const parents: Partial<Record<NetworkFamily, string>> = {}
  for (const family of config.families) {
    const found = async () => catalogue.parent(family, presetOf(config, family), parentRoundId ?? undefined)
    const id = startFrom[family] ?? (await found())?.id
    if (id) parents[family] = id
  }
  return parents
}

/**
 * What stands in a round for bands that a scene's product does not have: as in predictions by the models that it starts
 * from, the mean that they learned. null: none says it.
 */
async function roundMeans(
  catalogue: ModelCatalogue,
  parents: Partial<Record<NetworkFamily, string>>,
): Promise<readonly number[] | null> {
  const ids = Object.values(parents)
  return learnedMeans(
    await Promise.all(ids.map(async id => ({ id, manifest: await catalogue.manifest(id) }))),
  )
}

/** What the first of these models that says so learned from, of several sets the nearest to the target; null: none says. */
async function learnedFrom(
  catalogue: ModelCatalogue,
  parents: Partial<Record<NetworkFamily, string>>,
  target: BandStatistics,
): Promise<BandStatistics | null> {
  for (const id of Object.values(parents)) {
    const { statistics } = await catalogue.manifest(id)
    const learned = learnedStatistics({ statistics: { ...statistics, target: null } }, target)
    if (learned) return learned
  }
  return null
}

/**
 * The scale promotion of a round where none is asked for: the largest that the models it starts from
 * learned with, 1 without any. A network that learned on enlarged images loses most of it where they stay small.
 */
async function parentScale(catalogue: ModelCatalogue, parents: readonly string[]): Promise<number> {
  const manifests = await Promise.all(parents.map(id => catalogue.manifest(id)))
  return Math.max(1, ...manifests.map(({ scale }) => scale))
}

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
  const requestOf = async (
    family: NetworkFamily,
  ): Promise<Omit<TrainingMemoryRequest, 'microBatch' | 'checkpointing'>> => {
    const parent = parents[family]
    const manifest = parent ? await catalogue.manifest(parent) : null
    return {
      family,
      // A network that starts from a model keeps that model's size.
      preset: manifest?.preset ?? presetOf(config, family),
      ...(manifest && { options: manifest.options }),
      side: config.cropSize,
      scale,
      config,
    }
  }
  const requests = await Promise.all(config.families.map(requestOf))
  let { microBatch, accumulate, checkpointing = false } = config
  if (budgetBytes !== null) {
    const fitting = requests.map(request => {
      throwIfAborted(signal)
      return chooseMicroBatch(budgetBytes, request, largestBuffer)
    })
    microBatch = Math.min(...fitting.map(choice => choice.microBatch))
    accumulate = Math.max(...fitting.map(choice => choice.accumulate))
    checkpointing = fitting.some(choice => choice.checkpointing)
  }
  const networks: RoundNeed['networks'] = []
  for (const request of requests) {
    throwIfAborted(signal)
    const rehearsal = estimateTrainingMemory({ ...request, microBatch, checkpointing })
    const { peakBytes, largestBytes } = rehearsal
    const { dispatches, bytesMoved, multiplyAdds } = workOfStep(rehearsal, accumulate)
    const step = { dispatches, bytesMoved, flop: 2 * multiplyAdds }
    networks.push({ family: request.family, preset: request.preset, peakBytes, largestBytes, step })
  }
  return {
    networks,
    microBatch,
    accumulate,
    checkpointing,
    largestBuffer: Number.isFinite(largestBuffer) ? largestBuffer : null,
  }
}
