import type { RenderedLayer } from '../../core/patches/renderLayer'
import { type QueueOrder, sortQueue } from '../../core/review/queueOrder'
import type { PatchChange, PatchRecord } from '../../core/review/records'
import { closeNote } from '../review/actions'
import { recordAudit } from '../review/audit'
import { loadMask, noShare } from '../review/masks'
import { isReviewable } from '../review/selectors'
import { readScenes } from '../scenes/actions'
import { refuseChange } from '../session/selectors'
import { closeDialog } from '../shell/actions'
import { notifyError } from '../shell/notices'
import type { Studio } from '../studio'
import { patchById, visiblePatches } from './selectors'
import {
  MAX_AUDIT_SIZE,
  NO_SEARCH,
  type PatchesSlice,
  type PatchFilter,
  patchesPreferences,
  type QueueSearch,
} from './slice'

type Holder = Pick<Studio, 'store'>

function set({ store }: Holder, change: Partial<PatchesSlice>): void {
  store.change({ patches: patchesPreferences.sound(change) })
}

/** Takes the records of patches and scenes from the storage again, where a worker may have changed them. */
export async function readPatches(studio: Studio): Promise<readonly PatchRecord[]> {
  const [stored, removed] = await Promise.all([studio.storage.patches(), studio.storage.removedPatches()])
  const list = [...stored].sort((a, b) => a.order - b.order)
  // Before the cells: each has its scene.
  await readScenes(studio)
  set(studio, { list, removed })
  return list
}

/** Lists patches that a worker has just added; the others stay as they are. */
export async function appendPatches(studio: Studio, ids: readonly string[]): Promise<void> {
  const records = await Promise.all(ids.map(id => studio.storage.patch(id)))
  const fresh = new Map(records.map(patch => [patch.id, patch]))
  studio.store.change(({ patches: { list } }) => ({
    patches: {
      list: [...list.filter(({ id }) => !fresh.has(id)), ...fresh.values()].sort((a, b) => a.order - b.order),
    },
  }))
}

/** Changes fields of patches' records, here and on disk. */
export function changePatches(
  studio: Studio,
  changes: ReadonlyMap<string, PatchChange & Pick<PatchRecord, 'exported'>>,
): void {
  for (const [id, { hasLabel }] of changes) {
    // It is read again with its label, or without.
    if (hasLabel !== undefined) studio.pixels.pixels.delete(id)
  }
  studio.store.change(state => ({
    patches: {
      list: state.patches.list.map(patch => {
        const change = changes.get(patch.id)
        return change ? { ...patch, ...change } : patch
      }),
    },
  }))
  void studio.writes.push(() => studio.storage.updatePatches(changes))
}

/** Puts the queue into an order by today's scores; what is on screen stays there. */
export function orderQueue(studio: Studio, order: QueueOrder): void {
  set(studio, { order })
  sortAgain(studio)
}

export function sortAgain(studio: Studio): void {
  studio.store.change(state => ({
    patches: {
      queue: sortQueue(state.patches.list, state.patches.order, state.patches),
      scored: state.patches.list.some(patch => isReviewable(patch) && patch.scores),
    },
  }))
}

/** Draws the audit sample: the size is taken as far as there are patches, another seed draws others. */
export function drawAudit(studio: Studio, auditSize: number, auditSeed: number): void {
  const size = Math.min(MAX_AUDIT_SIZE, Math.max(1, Math.round(auditSize)))
  const state = studio.store.getState()
  if (size === state.patches.auditSize && auditSeed === state.patches.auditSeed) return
  set(studio, { auditSize: size, auditSeed })
  if (state.patches.order === 'random') sortAgain(studio)
  recordAudit(studio, { kind: 'audit-sample', detail: `Sample of ${size}, seed ${auditSeed}` })
}

/** What of the list is shown, besides what is searched for. */
export function setFilter(studio: Holder, filter: PatchFilter): void {
  set(studio, { filter })
}

/** Unfolds the fields to search by, or folds them. */
export function showFilters(studio: Holder, open: boolean): void {
  set(studio, { filtersOpen: open })
}

/** Clears all filters. */
export function showAllPatches(studio: Studio): void {
  setFilter(studio, 'all')
  searchQueue(studio, NO_SEARCH)
}

/** Takes patches into the selection, or out of it where all of them are in. */
export function toggleSelection(studio: Holder, ids: readonly string[]): void {
  const { selection } = studio.store.getState().patches
  const given = new Set(ids)
  const others = selection.filter(id => !given.has(id))
  const allIn = selection.length - others.length === given.size
  set(studio, { selection: allIn ? others : [...others, ...given] })
}

/** Selects what the list shows from the patch that was selected last, else the one on screen, to this one. */
export function selectUpTo(studio: Studio, to: string): void {
  const state = studio.store.getState()
  const { selection } = state.patches
  const shown = visiblePatches(state).map(patch => patch.id)
  const [a, b] = [shown.indexOf(selection.at(-1) ?? state.view.selectedId ?? to), shown.indexOf(to)]
  const range = a < 0 || b < 0 ? [to] : shown.slice(Math.min(a, b), Math.max(a, b) + 1)
  set(studio, { selection: [...new Set([...selection, ...range])] })
}

/** Selects all that the list shows. */
export function selectShown(studio: Studio): void {
  set(studio, { selection: visiblePatches(studio.store.getState()).map(patch => patch.id) })
}

/** Selects these patches, and nothing else. */
export function selectPatches(studio: Holder, ids: readonly string[]): void {
  set(studio, { selection: [...ids] })
}

export function clearSelection(studio: Holder): void {
  set(studio, { selection: [] })
}

export function searchQueue(studio: Studio, change: Partial<QueueSearch>): void {
  studio.store.change(state => {
    const queueSearch = { ...state.patches.search, ...change }
    const plain = Object.entries(NO_SEARCH).every(
      ([name, value]) => queueSearch[name as keyof QueueSearch] === value,
    )
    return { patches: { search: plain ? NO_SEARCH : queueSearch } }
  })
}

/**
 * Sorts where nobody is in the middle of the queue: at the end of a round, and when the first scores arrive where the
 * queue was to be by scores and had none. Any other prediction leaves it as it is.
 */
export function watchQueue(studio: Studio): void {
  studio.store.subscribe((state, before) => {
    if (state.session.phase !== 'ready') return
    const opened = before.session.phase !== 'ready' && state.patches.queue.length === 0
    const roundEnded =
      before.session.phase === 'ready' && state.rounds.list.length > before.rounds.list.length
    const predicted = before.shell.jobs.predict !== undefined && state.shell.jobs.predict === undefined
    if (opened || roundEnded || (predicted && !state.patches.scored)) sortAgain(studio)
  })
}

export const THUMBNAIL_SIZE = 64

/** The small picture of a list row. */
export async function loadThumbnail(studio: Studio, patchId: string): Promise<RenderedLayer> {
  const cached = studio.pixels.thumbnails.get(patchId)
  if (cached) return cached
  const picture = await studio.files.call('thumbnail', { patchId, size: THUMBNAIL_SIZE })
  studio.pixels.thumbnails.set(patchId, picture)
  return picture
}

/** Works out a visible row's landslide share, one row at a time so that scrolling stays smooth. */
export function summarisePatch(studio: Studio, patchId: string): void {
  if (studio.store.getState().review.shares[patchId] !== undefined) return
  const { sharesWanted } = studio
  const running = sharesWanted.size > 0
  sharesWanted.add(patchId)
  if (!running) void workOutShares(studio)
}

async function workOutShares(studio: Studio): Promise<void> {
  // Those that are added meanwhile come last.
  for (const id of studio.sharesWanted) {
    const patch = patchById(studio.store.getState(), id)
    try {
      if (patch && studio.store.getState().review.shares[id] === undefined) await loadMask(studio, patch)
    } catch (thrown) {
      notifyError(studio.store, thrown, 'storage-failed')
      noShare(studio, id)
    }
    studio.sharesWanted.delete(id)
  }
}

/** Longer ones are cut. */
const LONGEST_NAME = 120

/** An empty name changes nothing. */
export function renamePatch(studio: Studio, patchId: string, text: string): void {
  const name = text.trim().slice(0, LONGEST_NAME)
  const before = patchById(studio.store.getState(), patchId)
  closeDialog(studio)
  if (!before || name === '' || name === before.name || refuseChange(studio)) return
  studio.store.change(state => ({
    patches: { list: state.patches.list.map(patch => (patch.id === patchId ? { ...patch, name } : patch)) },
  }))
  void studio.writes.push(() => studio.storage.updatePatch(patchId, { name }))
  recordAudit(studio, { kind: 'patch-renamed', patchId, detail: `${before.name} renamed to ${name}` })
}

/** Keeps a note with its patch; verdicts given from now on carry a copy of it. An empty one is none. */
export function writeNote(studio: Studio, patchId: string, text: string): void {
  const note = text.trim()
  const before = studio.store.getState().patches.list.find(patch => patch.id === patchId)
  closeNote(studio)
  if (!before || (before.note ?? '') === note) return
  studio.store.change(state => ({
    patches: { list: state.patches.list.map(patch => (patch.id === patchId ? { ...patch, note } : patch)) },
  }))
  void studio.writes.push(() => studio.storage.updatePatch(patchId, { note }))
  recordAudit(studio, { kind: 'note', patchId, detail: note ? `Note: ${note}` : 'Note removed' })
}
