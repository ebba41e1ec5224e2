import { toAppError } from '../../core/foundation/appError'
import { currentVerdicts } from '../../core/review/verdict'
import type { AccuracySlice } from '../accuracy/slice'
import { startEngine } from '../models/predict'
import type { ModelsSlice } from '../models/slice'
import type { PatchesSlice } from '../patches/slice'
import { historyEntry } from '../review/history'
import { forgetDerivedMasks } from '../review/masks'
import type { ReviewSlice } from '../review/slice'
import type { RoundsSlice } from '../rounds/slice'
import type { ScenesSlice } from '../scenes/slice'
import { notifyError } from '../shell/notices'
import type { Studio } from '../studio'
import { refreshSelected, selectPatch } from '../view/actions'
import type { SessionSlice } from './slice'

/** Opens the project as it was left, and asks the browser not to clear its storage. */
export async function openProject(studio: Studio): Promise<void> {
  try {
    const { storage, store } = studio
    storage.persist().then(
      persisted => store.change({ session: { persisted } }),
      (thrown: unknown) => console.warn('The browser was not asked to keep the project.', thrown),
    )
    const records = await readRecords(studio)
    store.change({ ...records, session: { ...records.session, phase: 'ready' } })
    const state = store.getState()
    const first =
      state.patches.list.find(patch => patch.id === state.view.selectedId) ?? state.patches.list[0]
    await Promise.all([selectPatch(studio, first?.id ?? null), measureStorage(studio)])
  } catch (thrown) {
    studio.store.change({
      session: { phase: 'failed', openError: toAppError(thrown, 'storage-failed') },
    })
  }
}

interface Records {
  session: Pick<SessionSlice, 'project'>
  review: Pick<ReviewSlice, 'threshold' | 'thresholdChosen' | 'modelThreshold' | 'history' | 'verdicts'>
  models: Pick<ModelsSlice, 'ensemble' | 'startFrom'>
  rounds: Pick<RoundsSlice, 'list' | 'baseId' | 'unfinished'>
  patches: Pick<PatchesSlice, 'list' | 'removed'>
  scenes: Pick<ScenesSlice, 'list'>
  accuracy: Pick<AccuracySlice, 'list'>
}

/** Reads all records from disk, in the form of the state; strokes go into the cache. */
async function readRecords(studio: Studio): Promise<Records> {
  const { storage, pixels } = studio
  const [project, patches, removed, scenes, records, pointAudits, rounds, unfinished] = await Promise.all([
    storage.project(),
    storage.patches(),
    storage.removedPatches(),
    storage.scenes(),
    storage.history(),
    storage.pointAudits(),
    storage.rounds(),
    storage.unfinishedRound(),
    // Read again where models are listed: a damaged one has to be known before it keeps the others from predicting.
    storage.importedModels(),
  ])
  const ordered = withoutDropped([...records].sort((a, b) => a.sequence - b.sequence))
  studio.maskSaver.reset()
  pixels.strokes.clear()
  for (const record of ordered) if (record.diff) pixels.strokes.set(record.sequence, record.diff)
  const history = ordered.map(historyEntry)
  return {
    session: { project },
    review: {
      threshold: project.threshold,
      thresholdChosen: project.thresholdChosen ?? true,
      modelThreshold: project.modelThreshold ?? null,
      history,
      verdicts: currentVerdicts(history),
    },
    models: { ensemble: project.ensemble ?? null, startFrom: project.startFrom ?? {} },
    rounds: {
      list: [...rounds].sort((a, b) => a.index - b.index),
      baseId: project.baseRoundId ?? null,
      unfinished,
    },
    patches: { list: [...patches].sort((a, b) => a.order - b.order), removed },
    scenes: { list: scenes },
    accuracy: { list: pointAudits },
  }
}

/** A crash may leave undone steps on disk that a later step has replaced: they can no longer be redone. */
function withoutDropped<Step extends { undone: boolean }>(steps: Step[]): Step[] {
  const last = steps.findLastIndex(step => !step.undone)
  return steps.filter((step, index) => !step.undone || index > last)
}

/**
 * Reads the project again after another tab changed it: all records now, rasters of changed patches when they are next
 * shown. The view (selection, layers, tool) of this tab stays.
 *
 * @param patchIds patches whose rasters changed, besides those that the records show; 'all': every patch
 */
export async function reloadProject(studio: Studio, patchIds: readonly string[] | 'all'): Promise<void> {
  const { store, pixels } = studio
  const records = await readRecords(studio)
  const before = store.getState()
  const changed =
    patchIds === 'all'
      ? new Set([...before.patches.list, ...records.patches.list].map(({ id }) => id))
      : new Set([...patchIds, ...changedPatches(before, records)])
  for (const id of changed) {
    pixels.masks.delete(id)
    pixels.probabilities.deleteUnder(`${id}/`)
    if (!records.patches.list.some(patch => patch.id === id)) pixels.forgetPatch(id)
    if (labelOf(before, id) !== labelOf(records, id)) pixels.pixels.delete(id)
  }
  store.change(state => {
    const shares = { ...state.review.shares }
    const probabilityRevision = { ...state.review.probabilityRevision }
    for (const id of changed) {
      delete shares[id]
      probabilityRevision[id] = (probabilityRevision[id] ?? 0) + 1
    }
    return { ...records, review: { ...records.review, shares, probabilityRevision } }
  })
  if (records.review.threshold !== before.review.threshold) forgetDerivedMasks(studio)
  const {
    view: { selectedId },
    patches: { list: patches },
  } = store.getState()
  const shown = patches.find(({ id }) => id === selectedId)
  if (shown) await refreshSelected(studio)
  else await selectPatch(studio, patches[0]?.id ?? null)
  await measureStorage(studio)
}

function labelOf({ patches }: Known, id: string): boolean | undefined {
  return patches.list.find(patch => patch.id === id)?.hasLabel
}

type Known = Pick<Records, 'patches' | 'review'>

/** Patches whose steps, verdict or models differ. */
function changedPatches(before: Known, after: Known): Set<string> {
  const changed = new Set<string>()
  const key = (steps: Known['review']['history']) => {
    const byPatch = new Map<string, string>()
    for (const { patchId, sequence, undone, kind } of steps) {
      byPatch.set(patchId, `${byPatch.get(patchId) ?? ''}${kind}${sequence}${undone ? 'u' : ''} `)
    }
    return byPatch
  }
  const [then, now] = [key(before.review.history), key(after.review.history)]
  for (const id of new Set([...then.keys(), ...now.keys()])) if (then.get(id) !== now.get(id)) changed.add(id)
  const known = new Map(before.patches.list.map(patch => [patch.id, patch.predictedBy?.join(' ')]))
  for (const { id, predictedBy } of after.patches.list) {
    if (!known.has(id) || known.get(id) !== predictedBy?.join(' ')) changed.add(id)
  }
  for (const { id } of before.patches.list)
    if (!after.patches.list.some(patch => patch.id === id)) changed.add(id)
  return changed
}

/**
 * Opens the project again, in the window and the workers, after another one replaced it: the files that they have open
 * are gone.
 *
 * @param tell whether the other tabs are to do the same
 */
export async function reopenProject(studio: Studio, tell = true): Promise<void> {
  const { store, files, engine, writes } = studio
  store.change({ session: { reopening: true } })
  try {
    files.restart()
    engine.restart()
    await studio.reopenStorage()
    if (store.getState().session.access === 'owner') writes.restart()
    await reloadProject(studio, 'all')
    store.change({
      rounds: { live: null, saved: null },
      patches: { importOutcome: null },
      models: { checks: {}, facts: {} },
      session: { saveError: null },
    })
  } catch (thrown) {
    notifyError(store, thrown, 'storage-failed')
  } finally {
    store.change({ session: { reopening: false } })
  }
  if (tell) studio.session?.replaced()
  void startEngine(studio)
}

export async function measureStorage(studio: Studio): Promise<void> {
  studio.store.change({ session: { storage: await studio.storage.estimate() } })
}
