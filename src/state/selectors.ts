import type { PatchRecord } from '../storage/projectStore'
import { predictingModels } from './modelSelectors'
import type { HistoryEntry } from './slices/reviewSlice'
import type { StudioState } from './studioState'

export function patchById(state: StudioState, id: string | null): PatchRecord | null {
  return id === null ? null : (state.patches.find(patch => patch.id === id) ?? null)
}

export function selectedPatch(state: StudioState): PatchRecord | null {
  return patchById(state, state.selectedId)
}

/** A patch with a label is a reference: it is looked at and learned from, never judged or painted. */
export function isReviewable(patch: PatchRecord | null): patch is PatchRecord {
  return patch !== null && !patch.hasLabel
}

export function isUnreviewed(state: StudioState, patch: PatchRecord): boolean {
  return isReviewable(patch) && !state.verdicts[patch.id]
}

/** Strokes in force on a patch. */
export function strokeCount(history: readonly HistoryEntry[], patchId: string): number {
  return history.filter(step => step.kind === 'stroke' && step.patchId === patchId && !step.undone).length
}

export function patchesById({ patches }: Pick<StudioState, 'patches'>): Map<string, PatchRecord> {
  return new Map(patches.map(patch => [patch.id, patch]))
}

type Touched = Pick<StudioState, 'verdicts' | 'history'>

/** True where the analyst painted or judged: the threshold leaves such a mask alone. */
export function isFrozen(state: Touched, patchId: string): boolean {
  return state.verdicts[patchId] !== undefined || strokeCount(state.history, patchId) > 0
}

/** `isFrozen` for all patches at once. */
export function frozenPatchIds(state: Touched): Set<string> {
  const ids = new Set(Object.keys(state.verdicts))
  for (const step of state.history) if (step.kind === 'stroke' && !step.undone) ids.add(step.patchId)
  return ids
}

export function undoable(state: StudioState): HistoryEntry | null {
  return state.history.findLast(step => !step.undone) ?? null
}

export function redoable(state: StudioState): HistoryEntry | null {
  return state.history.find(step => step.undone) ?? null
}

export function engineBusy(state: StudioState): boolean {
  return state.jobs.predict !== undefined || state.jobs.round !== undefined
}

export function canPredict(state: StudioState): boolean {
  return (
    state.engine.status === 'ready' &&
    !engineBusy(state) &&
    state.patches.length > 0 &&
    predictingModels(state).length > 0
  )
}

/** Why the unfinished round cannot go on now, in words for a person; null: it can. A lost engine is started anew. */
export function resumeObstacle(state: StudioState): string | null {
  if (!state.unfinished) return 'There is no unfinished round.'
  if (state.engine.status === 'starting') return 'The engine is still starting.'
  if (state.engine.status === 'ready' && !state.engine.info.canTrain) {
    return `Training needs WebGPU; this browser gave ${state.engine.info.backend}. Use a current Chrome or Edge.`
  }
  return engineBusy(state) ? 'The engine is busy.' : null
}

/** Why "Start round" is off, in words for a person; null: it may start. */
export function roundObstacle(state: StudioState): string | null {
  if (state.engine.status === 'starting') return 'The engine is still starting.'
  if (state.engine.status === 'failed') return 'The engine did not start; see its badge above.'
  if (!state.engine.info.canTrain) {
    return `Training needs WebGPU; this browser gave ${state.engine.info.backend}. Use a current Chrome or Edge.`
  }
  if (engineBusy(state)) return 'The engine is busy.'
  if (state.unfinished) return 'Resume the unfinished round, or discard it, before another one starts.'
  if (!state.patches.some(patch => patch.hasLabel && !patch.heldOut)) {
    return 'A round learns from labelled patches and there is none: add images with their masks.'
  }
  if (state.settings.families.length === 0) return 'Choose at least one network.'
  return null
}

type Changeable = Pick<StudioState, 'access' | 'unsaved' | 'jobs'>

/** Whether this tab may change the project: it has it, and there is room to keep what it changes. */
export function canChange(state: Changeable): boolean {
  return changeObstacle(state) === null
}

/** Why nothing can be changed here now, and what to do, in words for a person; null: it can. */
export function changeObstacle({ access, unsaved, jobs }: Changeable): string | null {
  if (access === 'waiting') return 'The project is being opened or handed over: try again in a moment.'
  if (access === 'read-only') {
    return 'This tab is read-only, since the project is open in another one: press "Take over here" to change it.'
  }
  if (unsaved?.exceeded) {
    return 'Too many changes wait for room on the disk: free space or save a project archive first.'
  }
  if (jobs.archive) return 'An archive is being written or opened: wait for it, or cancel it.'
  return null
}

/** Share of the granted storage from which a person is warned. */
const NEARLY_FULL = 0.9
/** A round and its models need about this much. */
const LITTLE_ROOM_BYTES = 64 * 2 ** 20

/** Whether the browser's storage for this site is about to run out. */
export function nearlyFull({ storage }: Pick<StudioState, 'storage'>): boolean {
  if (!storage || storage.quota === 0) return false
  return storage.usage > NEARLY_FULL * storage.quota || storage.quota - storage.usage < LITTLE_ROOM_BYTES
}
