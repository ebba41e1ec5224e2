import { RECORD_STORES } from '../core/project/archiveRecords'
import type { PatchRecord } from '../core/review/records'
import { ENSEMBLE } from '../core/rounds/ensemble'
import { archiveMethods } from './archive/archiveMethods'
import { type BytePath, type ByteStore, openByteStore } from './byteStore'
import { openRecordStore, type RecordStore } from './database'
import { patchMethods, REDUCED_FOLDER } from './patchRecords'
import { filesFolder } from './projectFolders'
import type { ProjectStore, StorageUse } from './projectStore'
import { auditMethods, freshProject, pointAuditMethods, projectMethods, reviewMethods } from './reviewRecords'
import { modelMethods, roundMethods, unfinishedMethods } from './roundRecords'
import { sceneMethods } from './sceneRecords'

/**
 * Opens a project of this browser, making an empty one if there is none. Any number of tabs and workers may have it
 * open at once.
 *
 * @param options.name its id, of `Projects`; by default the first project's.
 * @throws AppError `storage-failed` where the browser offers no storage.
 */
export async function openProjectStore({ name = 'scarp' }: { name?: string } = {}): Promise<ProjectStore> {
  const records = openRecordStore(name)
  const bytes = await openByteStore(await filesFolder(records, name))
  const patches = patchMethods(records, bytes)
  return {
    ...projectMethods(records, bytes.name === name ? undefined : bytes.name),
    ...patches,
    ...sceneMethods(records, bytes),
    ...reviewMethods(records),
    ...auditMethods(records),
    ...pointAuditMethods(records),
    ...roundMethods(records),
    ...modelMethods(records, bytes),
    ...unfinishedMethods(records, bytes, patches.readMask),
    ...storageUseMethods(records, bytes),
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

function storageUseMethods(
  records: RecordStore,
  bytes: ByteStore,
): Pick<ProjectStore, 'storageUse' | 'removePredictions'> {
  return {
    async storageUse() {
      const removed = goneWhenEmptied(
        await records.read('Reading the patches', open => open.getAll('patches')),
      )
      const use: Record<StorageUse['kind'], number> = {
        pixels: 0,
        masks: 0,
        ensemble: 0,
        networks: 0,
        models: 0,
        checkpoints: 0,
        removed: 0,
      }
      await bytes.walk([], ([folder, id, ...names], size) => {
        const kind = kindOf(folder, names.at(-1))
        if (kind) use[ofPatch(kind) && removed.has(id ?? '') ? 'removed' : kind] += size
      })
      return Object.entries(use).map(([kind, size]) => ({ kind: kind as StorageUse['kind'], bytes: size }))
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

/** Ids of patches that emptying the removed ones deletes: margins go with the last cell of their scene. */
function goneWhenEmptied(patches: readonly PatchRecord[]): Set<string> {
  const isCell = ({ cell }: PatchRecord) => cell && !cell.margin
  const cells = patches.filter(isCell)
  const kept = new Set(cells.filter(({ removed }) => !removed).map(({ cell }) => cell!.sceneId))
  const emptied = new Set(cells.map(({ cell }) => cell!.sceneId).filter(id => !kept.has(id)))
  const isGone = ({ removed, cell }: PatchRecord) => removed || (cell?.margin && emptied.has(cell.sceneId))
  return new Set(patches.filter(isGone).map(({ id }) => id))
}

/** Opens the project on the first call and keeps it; a failed opening is tried again by the next call. */
export function openOnce(name: string): () => Promise<ProjectStore> {
  let opened: Promise<ProjectStore> | null = null
  return () => {
    opened ??= openProjectStore({ name }).catch(thrown => {
      opened = null
      throw thrown
    })
    return opened
  }
}

const ofPatch = (kind: StorageUse['kind']) => kind !== 'models' && kind !== 'checkpoints'

/** What a file of this folder is for. @param name of a probability: its model's */
function kindOf(folder: string | undefined, name: string | undefined): StorageUse['kind'] | null {
  switch (folder) {
    case 'probabilities':
      return name === ENSEMBLE ? 'ensemble' : 'networks'
    case 'rounds':
      return 'checkpoints'
    case REDUCED_FOLDER:
      return 'pixels'
    case 'pixels':
    case 'masks':
    case 'models':
      return folder
    default:
      return null
  }
}
