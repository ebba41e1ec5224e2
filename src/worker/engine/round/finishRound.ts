import { AppError, toAppError } from '../../../core/foundation/appError'
import { roundOrigin } from '../../../core/review/predictionOrigin'
import type { PatchRecord, UnfinishedRound } from '../../../core/review/records'
import type { EngineInfo } from '../../../core/rounds/engineInfo'
import { type RoundRecord, roundModelId } from '../../../core/rounds/round'
import {
  type CellScene,
  engineMemory,
  type PatchProvider,
  type RoundEvent,
  type RoundInput,
  runRound,
} from '../../../engine'
import type { ProjectStore } from '../../../storage/projectStore'
import type { EngineEvent } from '../../protocol'
import type { CallContext } from '../../rpc/serveApi'
import type { ModelCatalogue } from '../modelCatalogue'
import { scorePatch } from '../predictPatches'
import { SceneReader } from '../sceneOfCells'
import { frozenLabels, stageProbabilities } from './roundLabels'
import { addToCurve, createSaveClock, createTrainingPace } from './trainingProgress'

export interface RoundRun {
  store: ProjectStore
  catalogue: ModelCatalogue
  engine: Pick<EngineInfo, 'backend' | 'adapter'>
  /** Asked before each step. */
  pause: () => boolean
  saveEverySeconds: number
  now: () => number
}

/**
 * Runs a round from where it is to its end, from the plan alone: of the project it reads pixels and models, which never
 * change. The plan on disk is kept up to date. Ensembles and the record are written once all is done, the record last.
 *
 * @throws AppError `paused`, and as `runRound` and the store.
 */
export async function finishRound(
  plan: UnfinishedRound,
  { store, catalogue, engine, pause, saveEverySeconds, now }: RoundRun,
  { signal, onProgress, onEvent }: CallContext<EngineEvent>,
): Promise<RoundRecord> {
  const { config } = plan
  let current = plan
  const update = async (change: Partial<UnfinishedRound>) => {
    current = { ...current, ...change }
    await store.putUnfinishedRound(current)
  }
  const pace = createTrainingPace(now)
  const clock = createSaveClock(saveEverySeconds, now)
  const step = new Map<string, number>()
  const onRoundEvent = (event: RoundEvent) => {
    // What is predicted is announced when it can be read, below.
    if (event.kind === 'predicted') return
    onEvent(event)
    current = { ...current, curves: addToCurve(current.curves, event) }
    if (event.kind !== 'loss') return
    step.set(event.family, event.step)
    const secondsPerStep = pace.step(event.family)
    if (secondsPerStep === null) return
    const { bytes, gpuAllocatedBytes: gpuBytes } = engineMemory()
    onEvent({ kind: 'pace', secondsPerStep, tensorBytes: bytes, gpuBytes })
  }

  const trainingCheckpoint: RoundInput['trainingCheckpoint'] = {
    read: family => store.readCheckpoint(plan.id, family),
    due: clock.due,
    clear: family => store.removeCheckpoint(plan.id, family),
    write: (family, bytes) =>
      clock.around(async () => {
        try {
          await store.writeCheckpoint(plan.id, family, bytes)
          const at = new Date().toISOString()
          const progress = { family, step: step.get(family) ?? current.saved?.step ?? 0, at }
          await update({ saved: progress })
          onEvent({ kind: 'saved', progress })
        } catch (thrown) {
          // A round that may still end well does not end for want of a copy; one that is to pause has to have it.
          if (pause()) throw thrown
          onEvent({ kind: 'not-saved', message: toAppError(thrown, 'storage-failed').message })
        }
      }),
  }

  const records = new Map((await store.patches()).map(record => [record.id, record]))
  const modelIds = [...config.families.map(family => roundModelId(plan.id, family)), ...(plan.kept ?? [])]
  const staged = stageProbabilities(frozenLabels(store, plan.id), modelIds, store)
  const parents: RoundInput['parents'] = {}
  for (const family of config.families) {
    const id = plan.parents[family]
    const done = plan.finished.some(network => network.family === family)
    if (id && !done) parents[family] = await catalogue.files(id)
  }
  const finished: RoundInput['finished'] = await Promise.all(
    plan.finished.map(async record => ({
      record,
      model: { id: record.modelId, files: (await store.readModel(record.modelId)) ?? {} },
    })),
  )
  const skipped = unitsDone(plan)
  const reader = new SceneReader(store, plan.means)
  const patchesOf = async (ids: readonly string[]) => {
    const sceneIds = new Set(ids.flatMap(id => records.get(id)?.cell?.sceneId ?? []))
    const scenes = await Promise.all([...sceneIds].map(id => reader.open(id)))
    return roundPatches(store, plan, records, ids, { scenes, reader })
  }
  const kept: NonNullable<RoundInput['kept']> = await Promise.all(
    (plan.kept ?? []).map(id => catalogue.files(id)),
  )
  const { record } = await runRound(
    {
      id: plan.id,
      index: plan.index,
      parentRoundId: plan.parentRoundId,
      at: plan.at,
      now,
      config,
      engine,
      source: await patchesOf(plan.sourcePatchIds),
      heldOut: await patchesOf(sourceHeldOut(plan)),
      heldOutTargetIds: plan.heldOutPatchIds.filter(id => plan.targetPatchIds.includes(id)),
      target: plan.targetPatchIds.length > 0 ? await patchesOf(plan.targetPatchIds) : null,
      statistics: plan.statistics,
      verdicts: plan.verdicts,
      store: staged,
      parents,
      kept,
      finished,
      heldOutBefore: plan.heldOutBefore,
      onHeldOutBefore: heldOutBefore => update({ heldOutBefore }),
      async onNetwork({ model, record: network }) {
        await store.writeModel(model.id, model.files)
        await update({ finished: [...current.finished, network], saved: null })
      },
      async onModels(done) {
        for (const { id, files } of done) await store.describeModel(id, files)
      },
      trainingCheckpoint,
    },
    { signal, pause, onProgress: progress => onProgress({ ...progress, skipped }), onEvent: onRoundEvent },
  )

  const predicted: string[] = []
  await staged.commit(async patchId => {
    const scores = await scorePatch(store, patchId, modelIds)
    const prediction = roundOrigin(record, records.get(patchId)?.domain ?? 'target')
    await store.updatePatch(patchId, { predictedBy: modelIds, prediction, ...(scores && { scores }) })
    predicted.push(patchId)
  })
  await store.putRound(record)
  await store.removeUnfinishedRound()
  for (const patchId of predicted) onEvent({ kind: 'predicted', patchId })
  return record
}

/** Held-out patches that are not of the target. */
function sourceHeldOut({ targetPatchIds, heldOutPatchIds }: UnfinishedRound): string[] {
  const target = new Set(targetPatchIds)
  return heldOutPatchIds.filter(id => !target.has(id))
}

/** Steps and predictions of earlier runs, in `runRound`'s units. */
function unitsDone(plan: UnfinishedRound): number {
  const { config, finished, saved, targetPatchIds } = plan
  const perNetwork = config.steps + targetPatchIds.length + sourceHeldOut(plan).length
  return finished.length * perNetwork + (saved?.step ?? 0)
}

/**
 * Patches of a round, read from the project one at a time. A label that was corrected when the round began is the
 * analyst's as it was then.
 *
 * @param cells.scenes that they may be cells of
 * @param cells.reader gives them what bands stand for that their product does not have
 * @throws AppError `bad-argument` where one was removed since the round began.
 */
export function roundPatches(
  store: Pick<ProjectStore, 'readPixels' | 'readFrozen'>,
  { id: roundId, verdicts }: Pick<UnfinishedRound, 'id' | 'verdicts'>,
  records: ReadonlyMap<string, PatchRecord>,
  ids: readonly string[],
  { scenes = [], reader }: { scenes?: readonly CellScene[]; reader?: Pick<SceneReader, 'fill'> } = {},
): PatchProvider {
  const missing = ids.filter(id => !records.has(id))
  if (missing.length > 0) {
    throw new AppError(
      'bad-argument',
      `The round needs patches that are gone (${missing.slice(0, 3).join(', ')}): add them again, or discard the round.`,
    )
  }
  const part = new Set(ids)
  const corrected = new Set(
    verdicts.filter(({ kind }) => kind === 'label-corrected').map(({ patchId }) => patchId),
  )
  return {
    ids: [...ids],
    scenes,
    async load(id) {
      const record = part.has(id) ? records.get(id) : undefined
      if (!record)
        throw new AppError('internal', `The round asked for patch "${id}", which is not part of it.`)
      const pixels = await store.readPixels(id)
      if (record.cell) await reader?.fill(record.cell.sceneId, pixels)
      const label = corrected.has(id) ? await store.readFrozen(roundId, 'mask', id) : null
      const given = record.hasLabel ? pixels.label : null
      const scene = scenes.find(({ cells }) => cells.has(id))
      const inside = scene?.inside?.(scene.cells.get(id)!) ?? null
      return { width: record.width, height: record.height, ...pixels, label: label ?? given, inside }
    },
  }
}
