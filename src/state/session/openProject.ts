import { toAppError } from '../../core/foundation/appError'
import { verdictsInForce } from '../../core/review/verdict'
import { startEngine } from '../models/predict'
import { historyEntry } from '../review/history'
import { forgetDerivedMasks } from '../review/masks'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { refreshSelected, selectPatch } from '../view/actions'
import { readViewPreferences } from '../view/preferences'
import { measureStorage } from './saving'

/** Everything as it was left, on storage that the browser may not clear by itself: records, undo stack, threshold, rounds, selection and view. */
export async function openProject(studio: Studio): Promise<void> {
  try {
    const { storage, store } = studio
    storage.persist().then(
      persisted => store.setState({ persisted }),
      (thrown: unknown) => console.warn('The browser was not asked to keep the project.', thrown),
    )
    const records = await readRecords(studio)
    const { view, settings } = readViewPreferences(studio.preferences)
    store.setState({ ...view, settings, ...records, phase: 'ready' })
    const state = store.getState()
    const first = state.patches.find(patch => patch.id === state.selectedId) ?? state.patches[0]
    await Promise.all([selectPatch(studio, first?.id ?? null), measureStorage(studio)])
  } catch (thrown) {
    studio.store.setState({ phase: 'failed', openError: toAppError(thrown, 'storage-failed').message })
  }
}

type Records = Pick<
  StudioState,
  | 'project'
  | 'threshold'
  | 'ensemble'
  | 'startFrom'
  | 'baseRoundId'
  | 'patches'
  | 'history'
  | 'verdicts'
  | 'rounds'
  | 'unfinished'
>

/** All records as they lie on disk, in the form of the state; strokes go into the cache. */
async function readRecords(studio: Studio): Promise<Records> {
  const { storage, pixels } = studio
  const [project, patches, records, rounds, unfinished] = await Promise.all([
    storage.project(),
    storage.patches(),
    storage.history(),
    storage.rounds(),
    storage.unfinishedRound(),
  ])
  const ordered = withoutDropped([...records].sort((a, b) => a.sequence - b.sequence))
  studio.maskSaver.reset()
  pixels.strokes.clear()
  for (const record of ordered) if (record.diff) pixels.strokes.set(record.sequence, record.diff)
  const history = ordered.map(historyEntry)
  return {
    project,
    threshold: project.threshold,
    ensemble: project.ensemble ?? null,
    startFrom: project.startFrom ?? {},
    baseRoundId: project.baseRoundId ?? null,
    patches: [...patches].sort((a, b) => a.order - b.order),
    history,
    verdicts: verdictsInForce(history),
    rounds: [...rounds].sort((a, b) => a.index - b.index),
    unfinished,
  }
}

/** A crash may leave steps that were undone and could not be redone any more: a later step took their place. */
function withoutDropped<Step extends { undone: boolean }>(steps: Step[]): Step[] {
  const last = steps.findLastIndex(step => !step.undone)
  return steps.filter((step, index) => !step.undone || index > last)
}

/**
 * Reads the project again as another tab left it: records whole, rasters of the patches that changed when next looked
 * at. The view (selection, layers, tool) stays as it is in this tab.
 *
 * @param patchIds whose rasters changed besides those that the records tell of; 'all': forget every one.
 */
export async function reloadProject(studio: Studio, patchIds: readonly string[] | 'all'): Promise<void> {
  const { store, pixels } = studio
  const records = await readRecords(studio)
  const before = store.getState()
  const changed =
    patchIds === 'all'
      ? new Set([...before.patches, ...records.patches].map(({ id }) => id))
      : new Set([...patchIds, ...changedPatches(before, records)])
  for (const id of changed) {
    pixels.masks.delete(id)
    pixels.probabilities.deleteUnder(`${id}/`)
    if (!records.patches.some(patch => patch.id === id)) pixels.forgetPatch(id)
  }
  store.setState(state => {
    const shares = { ...state.shares }
    const probabilityRevision = { ...state.probabilityRevision }
    for (const id of changed) {
      delete shares[id]
      probabilityRevision[id] = (probabilityRevision[id] ?? 0) + 1
    }
    return { ...records, shares, probabilityRevision }
  })
  if (records.threshold !== before.threshold) forgetDerivedMasks(studio)
  const { selectedId, patches } = store.getState()
  const shown = patches.find(({ id }) => id === selectedId)
  if (shown) await refreshSelected(studio)
  else await selectPatch(studio, patches[0]?.id ?? null)
  await measureStorage(studio)
}

type Known = Pick<StudioState, 'patches' | 'history' | 'verdicts'>

/** Patches whose steps, verdict or networks differ. */
function changedPatches(before: Known, after: Known): Set<string> {
  const changed = new Set<string>()
  const key = (steps: Known['history']) => {
    const byPatch = new Map<string, string>()
    for (const { patchId, sequence, undone, kind } of steps) {
      byPatch.set(patchId, `${byPatch.get(patchId) ?? ''}${kind}${sequence}${undone ? 'u' : ''} `)
    }
    return byPatch
  }
  const [then, now] = [key(before.history), key(after.history)]
  for (const id of new Set([...then.keys(), ...now.keys()])) if (then.get(id) !== now.get(id)) changed.add(id)
  const known = new Map(before.patches.map(patch => [patch.id, patch.predictedBy?.join(' ')]))
  for (const { id, predictedBy } of after.patches) {
    if (!known.has(id) || known.get(id) !== predictedBy?.join(' ')) changed.add(id)
  }
  for (const { id } of before.patches) if (!after.patches.some(patch => patch.id === id)) changed.add(id)
  return changed
}

/**
 * Opens the project again, in the window and the workers, after another one took its place: their connections are to
 * files that are gone.
 *
 * @param tell the other tabs to do the same
 */
export async function reopenProject(studio: Studio, tell = true): Promise<void> {
  const { store, files, engine, writes } = studio
  const { access } = store.getState()
  // What changes now was done by nobody: it is neither logged nor told to other tabs as work.
  store.setState({ access: 'waiting' })
  try {
    files.restart()
    engine.restart()
    await studio.reopenStorage()
    if (access === 'owner') writes.restart()
    await reloadProject(studio, 'all')
    store.setState({ live: null, saved: null, importOutcome: null, checks: {}, facts: {}, saveError: null })
  } catch (thrown) {
    notify(store, 'error', toAppError(thrown, 'storage-failed').message)
  } finally {
    store.setState({ access })
  }
  if (tell) studio.session?.replaced()
  void startEngine(studio)
}
