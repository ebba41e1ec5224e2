import { plural } from '../../core/foundation/text'
import { readPatches, selectPatches } from '../patches/actions'
import { removePatches } from '../patches/removal'
import { recordAudit } from '../review/audit'
import { forgetSteps } from '../review/history'
import { measureStorage } from '../session/openProject'
import { refuseChange } from '../session/selectors'
import { openDialog } from '../shell/actions'
import { notify, notifyError } from '../shell/notices'
import type { Studio } from '../studio'
import { selectPatch } from '../view/actions'
import { forgetWaiting } from './addScene'
import { cellsOf, sceneById, sceneRemovalObstacle } from './selectors'

/** Hides the cells of a scene in the list, or shows them again. */
export function foldScene({ store }: Pick<Studio, 'store'>, sceneId: string): void {
  store.change(({ scenes: { folded } }) => ({
    scenes: {
      folded: folded.includes(sceneId) ? folded.filter(id => id !== sceneId) : [...folded, sceneId],
    },
  }))
}

/** Selects the cells of a scene, and nothing else. */
export function selectCells(studio: Studio, sceneId: string): void {
  selectPatches(
    studio,
    cellsOf(studio.store.getState(), sceneId).map(({ id }) => id),
  )
}

/** Opens a dialog about a scene. */
export function askAboutScene(
  studio: Studio,
  sceneId: string,
  dialog: 'scene-details' | 'remove-scene',
): void {
  studio.store.change({ scenes: { asked: sceneId } })
  openDialog(studio, dialog)
}

/** Takes a scene out of the project with all its cells and their verdicts, as one step that can be undone. */
export async function removeScene(studio: Studio, sceneId: string): Promise<void> {
  const state = studio.store.getState()
  const scene = sceneById(state, sceneId)
  const obstacle = sceneRemovalObstacle(state)
  if (obstacle) notify(studio.store, 'error', obstacle)
  if (!scene || obstacle) return
  await removePatches(
    studio,
    cellsOf(state, sceneId).map(({ id }) => id),
    scene.name,
  )
}

/** Deletes a scene that was not added whole with its cells, their masks and verdicts, for good. */
export async function deleteScene(studio: Studio, sceneId: string): Promise<void> {
  const { store } = studio
  const state = store.getState()
  const scene = sceneById(state, sceneId)
  const obstacle = sceneRemovalObstacle(state)
  if (obstacle) notify(store, 'error', obstacle)
  if (!scene || obstacle || refuseChange(studio)) return
  const { list, removed } = state.patches
  const cells = [...list, ...removed].filter(({ cell }) => cell?.sceneId === sceneId)
  try {
    // A stroke that waits to be written would come back without its patch.
    await studio.writes.settled()
    await studio.storage.removeScene(sceneId)
  } catch (thrown) {
    notifyError(store, thrown, 'storage-failed')
  }
  await readPatches(studio)
  if (sceneById(store.getState(), sceneId)) return
  const gone = new Set(cells.map(({ id }) => id))
  for (const id of gone) studio.pixels.forgetPatch(id)
  forgetSteps(studio, gone)
  forgetWaiting(studio, scene.name)
  const {
    view: { selectedId },
    patches,
  } = store.getState()
  if (selectedId !== null && gone.has(selectedId)) await selectPatch(studio, patches.list[0]?.id ?? null)
  const detail = `Removed scene ${scene.name}: ${plural(cells.length, 'cell')}`
  recordAudit(studio, { kind: 'patch-removed', detail })
  notify(store, 'information', `${detail}.`)
  await measureStorage(studio)
}
