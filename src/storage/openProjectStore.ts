import { auditMethods } from './auditRecords'
import { openByteStore } from './byteStore'
import { modelMethods } from './modelRecords'
import { patchMethods } from './patchRecords'
import { projectMethods } from './projectRecord'
import type { ProjectStore } from './projectStore'
import { openRecordStore } from './recordStore'
import { reviewMethods } from './reviewRecords'
import { roundMethods } from './roundRecords'
import { storageUseMethods } from './storageUse'
import { unfinishedMethods } from './unfinishedRecords'

/**
 * Opens the project of this origin, making an empty one if there is none. Any number of tabs and workers may have
 * it open at once.
 *
 * @param options.name another project than the app's own: tests keep apart by it.
 * @throws AppError `storage-failed` where the browser offers no storage.
 */
export async function openProjectStore({ name = 'scarp' }: { name?: string } = {}): Promise<ProjectStore> {
  const bytes = await openByteStore(name)
  const records = openRecordStore(name)
  const patches = patchMethods(records, bytes)
  return {
    ...projectMethods(records),
    ...patches,
    ...reviewMethods(records),
    ...auditMethods(records),
    ...roundMethods(records),
    ...modelMethods(records, bytes),
    ...unfinishedMethods(records, bytes, patches.readMask),
    ...storageUseMethods(bytes),
    persist: () => navigator.storage.persist(),
    async estimate() {
      const { usage = 0, quota = 0 } = await navigator.storage.estimate()
      return { usage, quota }
    },
    async clear() {
      await records.write(
        'Emptying the project',
        [
          'project',
          'patches',
          'verdicts',
          'history',
          'rounds',
          'importedModels',
          'unfinishedRounds',
          'auditLog',
        ],
        async transaction => {
          for (const store of transaction.objectStoreNames) await transaction.objectStore(store).clear()
        },
      )
      await bytes.clear()
    },
  }
}
