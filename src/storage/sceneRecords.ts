import { AppError } from '../core/foundation/appError'
import { checkRecord, patchSchema, sceneSchema } from '../core/project/recordSchemas'
import type { SceneRecord } from '../core/scenes/sceneRecord'
import type { ByteStore } from './byteStore'
import type { RecordStore } from './database'
import { deleteSteps, removePatchFiles } from './patchRecords'
import type { ProjectStore } from './projectStore'

type SceneMethods = Pick<ProjectStore, 'scenes' | 'scene' | 'putScene' | 'scenePieces' | 'removeScene'>

/** Scenes, and the patches that they were cut into. */
export function sceneMethods(records: RecordStore, bytes: ByteStore): SceneMethods {
  const checked = (record: SceneRecord) => checkRecord(sceneSchema, `scene ${record.id}`, record)
  return {
    async scenes() {
      const stored = await records.read('Reading the scenes', open => open.getAll('scenes'))
      return stored.map(checked).sort((a, b) => a.at.localeCompare(b.at))
    },
    async scene(id) {
      const stored = await records.read('Reading a scene', open => open.get('scenes', id))
      if (stored) return checked(stored)
      throw new AppError('bad-argument', `There is no scene "${id}" in this project: reload the list.`)
    },
    async putScene(scene) {
      const sound = checked(scene)
      await records.write('Saving a scene', ['scenes'], async transaction => {
        await transaction.objectStore('scenes').put(sound)
      })
    },
    async scenePieces(sceneId) {
      const stored = await records.read('Reading a scene', open =>
        open.getAllFromIndex('patches', 'scene', sceneId),
      )
      return stored
        .map(record => checkRecord(patchSchema, `patch ${record.id}`, record))
        .sort((a, b) => a.cell!.row - b.cell!.row || a.cell!.column - b.cell!.column)
    },
    async removeScene(id) {
      const pieces = await records.write(
        'Removing a scene',
        ['scenes', 'patches', 'history'],
        async transaction => {
          const patches = transaction.objectStore('patches')
          const ids = await patches.index('scene').getAllKeys(id)
          await transaction.objectStore('scenes').delete(id)
          for (const piece of ids) {
            await patches.delete(piece)
            await deleteSteps(transaction, piece)
          }
          return ids
        },
      )
      for (const piece of pieces) await removePatchFiles(bytes, piece)
    },
  }
}
