import { AppError, throwIfAborted } from '../foundation/appError'
import { ensembleMean } from './ensemble'
import { pooledScores } from './heldOutScores'
import type { RoundNetworkRecord, RoundRecord } from './round'
import type { ModelFiles, RoundContext, RoundInput, RoundResult } from './roundInput'
import { ENSEMBLE, targetLabels } from './targetLabels'
import { trainRoundNetwork } from './trainRoundNetwork'

/**
 * One turn of progressive label refinement: labels the target (verdicts, else pseudo-labels of the last ensemble;
 * none: this round learns from the source alone), trains each network in turn from its parent, predicts target and
 * held-out patches anew, and writes the mean as "ensemble".
 *
 * Stored "ensemble" probabilities are replaced only when every network is done, so that an interrupted round can be
 * taken up again with the same labels.
 *
 * @throws AppError `aborted`, `training-impossible`, `training-diverged`, `gpu-failed`, and what the store throws.
 */
export async function runRound(input: RoundInput, context: RoundContext = {}): Promise<RoundResult> {
  const { config, source, heldOut, target, store } = input
  const begin = input.now()
  if (config.families.length === 0) throw new AppError('bad-argument', 'A round needs at least one network.')
  const predicted = [...(target?.ids ?? []), ...heldOut.ids]
  const unitsPerNetwork = config.steps + predicted.length
  const total = unitsPerNetwork * config.families.length + predicted.length
  const labelled = await targetLabels(target?.ids ?? [], input.verdicts, store, config.pseudoLabel)

  const records: RoundNetworkRecord[] = []
  const models: ModelFiles[] = []
  const notes = labelled.labels.size > 0 ? [...labelled.notes] : [...labelled.notes, SOURCE_ONLY]
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
    const network = known ?? (await trainRoundNetwork(family, input, labelled.labels, context, report))
    if ('notes' in network) notes.push(...(network.notes as string[]))
    records.push(network.record)
    models.push(network.model)
    report(unitsPerNetwork, `${family} is done`)
    if (!known) await input.onNetwork?.({ model: network.model, record: network.record })
  }

  const modelIds = models.map(({ id }) => id)
  await writeEnsemble(predicted, modelIds, input, context, done =>
    context.onProgress?.({
      label: 'Taking the mean of the networks',
      done: total - predicted.length + done,
      total,
    }),
  )
  const ensembleHeldOut =
    heldOut.ids.length > 0
      ? await pooledScores(
          heldOut,
          config.decisionThreshold,
          id => readProbability(input, id, ENSEMBLE),
          context.signal,
        )
      : null
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
    verdictIds: labelled.verdictIds,
    sourcePatchIds: [...source.ids],
    targetPatchIds: [...labelled.labels.keys()],
    heldOutPatchIds: [...heldOut.ids],
    networks: records,
    ensembleHeldOut,
    notes,
    seconds: (input.now() - begin) / 1000,
  }
  return { record, models, predicted }
}

const SOURCE_ONLY = 'No target label yet: the networks learned from the source alone.'

async function writeEnsemble(
  patchIds: readonly string[],
  modelIds: readonly string[],
  input: RoundInput,
  context: RoundContext,
  onPatch: (done: number) => void,
): Promise<void> {
  for (const [i, patchId] of patchIds.entries()) {
    throwIfAborted(context.signal)
    const members: Float32Array[] = []
    for (const modelId of modelIds) members.push(await readProbability(input, patchId, modelId))
    await input.store.writeProbability(patchId, ENSEMBLE, ensembleMean(members))
    context.onEvent?.({ kind: 'predicted', patchId })
    onPatch(i + 1)
  }
}

async function readProbability(
  { store }: RoundInput,
  patchId: string,
  modelId: string,
): Promise<Float32Array> {
  const probability = await store.readProbability(patchId, modelId)
  if (probability) return probability
  throw new AppError(
    'storage-failed',
    `The probability of ${patchId} by ${modelId} is gone: run the round again.`,
  )
}
