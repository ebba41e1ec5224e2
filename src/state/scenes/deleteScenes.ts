import type { PatchRecord } from '../../core/review/records'
import type { Studio } from '../studio'
import { readScenes } from './actions'

/**
 * Deletes for good, with their margins, the scenes of which only removed cells are left; the other scenes of these cells
 * are whole without them.
 *
 * @param removed patches that are being deleted, cells among them
 * @returns ids of the scenes that are gone with all their cells
 */
export async function deleteEmptyScenes(
  studio: Pick<Studio, 'store' | 'storage'>,
  removed: readonly PatchRecord[],
): Promise<ReadonlySet<string>> {
  const { storage } = studio
  const gone = new Set<string>()
  const touched = new Set(removed.flatMap(({ cell }) => cell?.sceneId ?? []))
  for (const sceneId of touched) {
    const left = (await storage.scenePieces(sceneId)).filter(piece => !piece.removed)
    if (left.some(({ cell }) => !cell!.margin)) {
      const scene = await storage.scene(sceneId)
      if (scene.complete) await storage.putScene({ ...scene, pieces: left.length })
    } else {
      await storage.removeScene(sceneId)
      gone.add(sceneId)
    }
  }
  if (touched.size > 0) await readScenes(studio)
  return gone
}
