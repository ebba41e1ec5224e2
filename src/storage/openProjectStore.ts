import { archiveMethods } from './archive/archiveMethods'
import { RECORD_STORES } from './archive/archiveRecords'
import { auditMethods } from './auditRecords'
import { openByteStore } from './byteStore'
import { modelMethods } from './modelRecords'
import { patchMethods } from './patchRecords'
import { freshProject, projectMethods } from './projectRecord'
import type { ProjectStore } from './projectStore'
import { openRecordStore, type RecordStore } from './recordStore'
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
  const records = openRecordStore(name)
  const bytes = await openByteStore(await filesFolder(records, name))
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
    ...archiveMethods(name, records, bytes),
    persist: () => navigator.storage.persist(),
    async estimate() {
      const { usage = 0, quota = 0 } = await navigator.storage.estimate()
      return { usage, quota }
    },
    async clear() {
      await records.write('Emptying the project', RECORD_STORES, async transaction => {
        for (const store of transaction.objectStoreNames) await transaction.objectStore(store).clear()
        if (bytes.name !== name) await transaction.objectStore('project').put(freshProject(bytes.name))
      })
      await bytes.clear()
    },
  }
}

/** An archive that was opened brought a folder of its own. */
function filesFolder(records: RecordStore, name: string): Promise<string> {
  return records.read('Opening the project', async open => {
    const [project] = await open.getAll('project')
    return project?.filesFolder ?? name
  })
}
