import { plural } from '../../core/foundation/text'
import { recordAudit } from '../review/audit'
import { appendSteps, forgetReplacements, forgetSteps } from '../review/history'
import { deleteEmptyScenes } from '../scenes/deleteScenes'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import { selectPatch } from '../view/actions'
import { patchById, removalObstacle, visiblePatches } from './selectors'

/**
 * Takes patches out of the project with their verdicts, as one step that can be undone.
 *
 * @param called what they are together: a scene's name; by default the patch's, or their number
 */
export async function removePatches(
  studio: Studio,
  patchIds: readonly string[],
  called?: string,
): Promise<void> {
  const state = studio.store.getState()
  const obstacle = removalObstacle(state)
  if (obstacle) {
    notify(studio.store, 'error', obstacle)
    return
  }
  const patches = patchIds.flatMap(id => patchById(state, id) ?? [])
  const group = patches.length > 1 ? studio.newId() : undefined
  const taken = appendSteps(
    studio,
    patches.map(({ id }) => ({
      step: {
        kind: 'removal',
        patchId: id,
        verdictBefore: state.review.verdicts[id] ?? null,
        verdictAfter: null,
        ...(group !== undefined && { group }),
      },
      mask: null,
    })),
  )
  if (!taken) return
  recordAudit(
    studio,
    ...patches.map(({ id, name }) => {
      return { kind: 'patch-removed', patchId: id, detail: `Removed ${name}` } as const
    }),
  )
  const [only] = patches
  const what =
    called ?? (only && patches.length === 1 ? only.name : plural(patches.length, 'patch', 'patches'))
  await takeOut(
    studio,
    patches.map(({ id }) => id),
  )
  if (only) notify(studio.store, 'information', `Removed ${what}. Undo brings it back.`)
}

/** Hides patches of the project: a step of the history says so. */
export async function takeOut(studio: Studio, patchIds: readonly string[]): Promise<void> {
  const gone = new Set(patchIds)
  const state = studio.store.getState()
  const {
    view: { selectedId },
  } = state
  const shown = visiblePatches(state)
  const at = shown.findIndex(({ id }) => id === selectedId)
  const stays = ({ id }: { id: string }) => !gone.has(id)
  const next = shown.slice(at + 1).find(stays) ?? shown.slice(0, Math.max(0, at)).findLast(stays)
  move(studio, gone, true)
  if (selectedId !== null && gone.has(selectedId)) {
    const {
      patches: { list },
    } = studio.store.getState()
    await selectPatch(studio, next?.id ?? list[0]?.id ?? null)
  }
}

/** Shows removed patches again, each at its place, and selects one. */
export async function bringBack(studio: Studio, patchIds: readonly string[]): Promise<void> {
  move(studio, new Set(patchIds), false)
  await selectPatch(studio, patchIds[0] ?? null)
}

function move(studio: Studio, patchIds: ReadonlySet<string>, removed: boolean): void {
  const { patches } = studio.store.getState()
  const from = removed ? patches.list : patches.removed
  const moved = from.filter(({ id }) => patchIds.has(id)).map(patch => ({ ...patch, removed }))
  const stay = from.filter(({ id }) => !patchIds.has(id))
  const joined = [...(removed ? patches.removed : patches.list), ...moved].sort((a, b) => a.order - b.order)
  studio.store.change({
    patches: removed ? { list: stay, removed: joined } : { list: joined, removed: stay },
  })
  const changes = new Map(moved.map(({ id }) => [id, { removed }]))
  void studio.writes.push(() => studio.storage.updatePatches(changes))
}

/** Hides a patch of the project and shows a removed one in its place, selected. */
export async function swapPatches(studio: Studio, hidden: string, shown: string): Promise<void> {
  move(studio, new Set([hidden]), true)
  move(studio, new Set([shown]), false)
  studio.store.change(({ patches: { queue, selection } }) => {
    const swap = (id: string) => (id === hidden ? shown : id)
    return { patches: { queue: queue.map(swap), selection: selection.map(swap) } }
  })
  await selectPatch(studio, shown)
}

/** Deletes the removed patches for good, with their steps: their space is free, and undo stops there. */
export async function deleteRemoved(studio: Studio): Promise<void> {
  await studio.writes.settled()
  const { removed } = studio.store.getState().patches
  forgetReplacements(studio, new Set(removed.map(({ id }) => id)))
  const scenes = await deleteEmptyScenes(studio, removed)
  for (const { id, cell } of removed) {
    if (!cell || !scenes.has(cell.sceneId)) await studio.storage.removePatch(id)
    studio.pixels.forgetPatch(id)
  }
  studio.store.change({ patches: { removed: [] } })
  forgetSteps(studio, new Set(removed.map(({ id }) => id)))
}
