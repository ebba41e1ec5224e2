import { ENSEMBLE } from '../core/rounds/ensemble'
import { archiveMethods } from './archive/archiveMethods'
import { RECORD_STORES } from './archive/archiveRecords'
import { type BytePath, type ByteStore, openByteStore } from './byteStore'
import { openRecordStore, type RecordStore } from './database'
import { patchMethods } from './patchRecords'
import type { ProjectStore } from './projectStore'
import { auditMethods, freshProject, projectMethods, reviewMethods } from './reviewRecords'
import { modelMethods, roundMethods, unfinishedMethods } from './roundRecords'

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

/** A project that was opened from an archive has its own folder. */
function filesFolder(records: RecordStore, name: string): Promise<string> {
  return records.read('Opening the project', async open => {
    const [project] = await open.getAll('project')
    return project?.filesFolder ?? name
  })
}

function storageUseMethods(bytes: ByteStore): Pick<ProjectStore, 'storageUse' | 'removePredictions'> {
  const sum = async (folder: string, counts: (names: string[]) => boolean = () => true): Promise<number> => {
    let total = 0
    await bytes.walk([folder], (names, size) => {
      if (counts(names)) total += size
    })
    return total
  }
  return {
    async storageUse() {
      return [
        { kind: 'pixels', bytes: await sum('pixels') },
        { kind: 'masks', bytes: await sum('masks') },
        { kind: 'ensemble', bytes: await sum('probabilities', names => names.at(-1) === ENSEMBLE) },
        { kind: 'networks', bytes: await sum('probabilities', names => names.at(-1) !== ENSEMBLE) },
        { kind: 'models', bytes: await sum('models') },
        { kind: 'checkpoints', bytes: await sum('rounds') },
      ]
    },
    async removePredictions(keepModelIds) {
      const kept = new Set([ENSEMBLE, ...keepModelIds])
      const paths: BytePath[] = []
      let freed = 0
      await bytes.walk(['probabilities'], (names, size) => {
        if (kept.has(names.at(-1)!)) return
        paths.push(['probabilities', ...names])
        freed += size
      })
      for (const path of paths) await bytes.remove(path)
      return freed
    },
  }
}

/** Opens the project on the first call and keeps it; a failed opening is tried again by the next call. */
export function openOnce(open: () => Promise<ProjectStore> = openProjectStore): () => Promise<ProjectStore> {
  let opened: Promise<ProjectStore> | null = null
  return () => {
    opened ??= open().catch(thrown => {
      opened = null
      throw thrown
    })
    return opened
  }
}
