import { auditSample, queueReason, sortQueue } from '../../core/review/queueOrder'
import type { PatchRecord } from '../../core/review/records'
import { engineBusy } from '../models/selectors'
import { isEditedLabel, isReviewable, isUnreviewed } from '../review/selectors'
import type { StudioState } from '../studioState'
import { NO_SEARCH, type PatchFilter } from './slice'

/** All patches in the order of the queue; those that came after it was sorted stand at its end, in file order. */
export function queuedPatches({
  patches: { queue, list: patches },
}: Pick<StudioState, 'patches'>): PatchRecord[] {
  const place = new Map(queue.map((id, index) => [id, index]))
  const at = (patch: PatchRecord) => place.get(patch.id) ?? queue.length
  // The sort is stable and `patches` in file order.
  return [...patches].sort((a, b) => at(a) - at(b))
}

/** Whether sorting again would move anything. */
export function queueIsStale(state: StudioState): boolean {
  const fresh = sortQueue(state.patches.list, state.patches.order, state.patches)
  return queuedPatches(state).some((patch, index) => patch.id !== fresh[index])
}

export function matchesFilter(state: StudioState, patch: PatchRecord, filter: PatchFilter): boolean {
  switch (filter) {
    case 'all':
      return true
    case 'source':
    case 'target':
      return patch.domain === filter
    case 'unreviewed':
      return isUnreviewed(state, patch)
  }
}

/** Ids of the audit sample. */
export function auditIds(state: Pick<StudioState, 'patches'>): Set<string> {
  return new Set(auditSample(state.patches.list, state.patches))
}

/** What the queue's search lets through; `filter` comes on top. */
export function searchedPatches(state: StudioState): PatchRecord[] {
  const queued = queuedPatches(state)
  const { text, verdict, round, disagreement, audit } = state.patches.search
  if (state.patches.search === NO_SEARCH) return queued
  const wanted = text.trim().toLowerCase()
  const sample = audit ? auditIds(state) : null
  return queued.filter(patch => {
    const given = state.review.verdicts[patch.id]
    if (wanted && !patch.name.toLowerCase().includes(wanted)) return false
    if (verdict === 'none' ? !isUnreviewed(state, patch) : verdict !== 'any' && given?.kind !== verdict)
      return false
    if (round !== 'any' && (!given || (given.roundId ?? 'starters') !== round)) return false
    if (disagreement > 0 && (patch.scores?.disagreement ?? -1) < disagreement) return false
    return !sample || sample.has(patch.id)
  })
}

/** The patches that the list shows, in its order. */
export function visiblePatches(state: StudioState): PatchRecord[] {
  return searchedPatches(state).filter(patch => matchesFilter(state, patch, state.patches.filter))
}

/** The patch that far on in the list as shown, from the selected one; null at the end. */
export function neighbour(state: StudioState, offset: 1 | -1): PatchRecord | null {
  const list = visiblePatches(state)
  const index = list.findIndex(patch => patch.id === state.view.selectedId)
  if (index >= 0) return list[index + offset] ?? null
  // The selected one has just left the list, by its verdict say: its place in the queue is where one was.
  return behind(state, list, offset) ?? list[0] ?? null
}

function behind(state: StudioState, list: readonly PatchRecord[], offset: 1 | -1): PatchRecord | null {
  const place = new Map(queuedPatches(state).map((patch, index) => [patch.id, index]))
  const from = place.get(state.view.selectedId ?? '')
  if (from === undefined) return null
  return offset === 1
    ? (list.find(patch => place.get(patch.id)! > from) ?? null)
    : (list.findLast(patch => place.get(patch.id)! < from) ?? null)
}

/**
 * Where to go after a verdict or a skip: the next patch of the list that awaits one, from its top again at the end; in
 * a list of patches that all have one (going over the unsure, say) the next of those; else the next of the whole queue.
 *
 * Asked before the verdict is given, so that a patch that leaves the list by it is still where it was.
 */
export function nextToReview(state: StudioState): PatchRecord | null {
  const shown = visiblePatches(state).filter(isReviewable)
  const revisiting = shown.length > 0 && !shown.some(patch => isUnreviewed(state, patch))
  if (revisiting && state.patches.search.verdict !== 'any') return after(state, shown, () => true, false)
  const awaits = (patch: PatchRecord) => isUnreviewed(state, patch)
  return after(state, shown, awaits, true) ?? after(state, queuedPatches(state), awaits, true)
}

function after(
  state: StudioState,
  list: readonly PatchRecord[],
  wanted: (patch: PatchRecord) => boolean,
  wrap: boolean,
): PatchRecord | null {
  const from = list.findIndex(patch => patch.id === state.view.selectedId)
  const order = [...list.slice(from + 1), ...(wrap ? list.slice(0, Math.max(0, from)) : [])]
  return order.find(wanted) ?? null
}

/** Why this patch stands where it stands. */
export function reasonFor(state: StudioState, patch: PatchRecord): string {
  if (isEditedLabel(state, patch)) return 'Label, edited: accept it to learn from it'
  if (patch.hasLabel && state.review.verdicts[patch.id])
    return 'Label, corrected: learned from instead of that of the file'
  const place =
    state.patches.order === 'random' ? auditSample(state.patches.list, state.patches).indexOf(patch.id) : -1
  return queueReason(patch, state.patches.order, {
    auditSeed: state.patches.auditSeed,
    auditSize: Math.min(state.patches.auditSize, state.patches.list.filter(isReviewable).length),
    networks: patch.predictedBy?.length ?? 0,
    place,
  })
}

/** The patches that are selected to do something with together, in file order; none: that is the one on screen. */
export function chosenPatches({
  patches: { list, selection },
}: Pick<StudioState, 'patches'>): readonly PatchRecord[] {
  if (selection.length === 0) return []
  const chosen = new Set(selection)
  return list.filter(patch => chosen.has(patch.id))
}

/** The selection, or the patch on screen where nothing is selected. */
export function chosenOrShown(state: StudioState): readonly PatchRecord[] {
  const chosen = chosenPatches(state)
  const shown = selectedPatch(state)
  return chosen.length > 0 || !shown ? chosen : [shown]
}

export function patchById(state: StudioState, id: string | null): PatchRecord | null {
  return id === null ? null : (state.patches.list.find(patch => patch.id === id) ?? null)
}

export function selectedPatch(state: StudioState): PatchRecord | null {
  return patchById(state, state.view.selectedId)
}

/** The cells of the scene that a patch is a cell of, itself among them; of any other patch none. */
export function cellsOfScene(
  { patches: { list } }: Pick<StudioState, 'patches'>,
  { cell }: Pick<PatchRecord, 'cell'>,
): PatchRecord[] {
  if (!cell) return []
  return list.filter(other => other.cell?.sceneId === cell.sceneId && !other.cell.margin)
}

export function patchesById({
  patches: { list: patches },
}: Pick<StudioState, 'patches'>): Map<string, PatchRecord> {
  return new Map(patches.map(patch => [patch.id, patch]))
}

/** Why images cannot be read again in another value scale now, in words for a person; null: they can. */
export function scaleObstacle(state: StudioState): string | null {
  return engineBusy(state)
    ? 'Wait until the networks are done: they read the patches that would be replaced.'
    : null
}

/** Why no patch can be removed now, in words for a person; null: it can. */
export function removalObstacle(state: StudioState): string | null {
  if (engineBusy(state)) return 'Wait until the networks are done: they read the patches.'
  if (state.rounds.unfinished) return 'An unfinished round needs its patches: resume or discard it first.'
  return null
}

/** Why the file of a patch cannot be replaced now, in words for a person; null: it can. */
export function replacementObstacle(state: StudioState, patch: PatchRecord | null): string | null {
  if (!patch) return null
  if (patch.cell) return 'A cell comes from the files of its scene: remove the scene and add it again.'
  return removalObstacle(state)
}
