import { PROJECT_ID } from '../core/project/projectRecords'
import { openByteStore, storedFolders } from './byteStore'
import type { RecordStore } from './database'

/** Whether a folder of files is one of a project: those of archives carry an id of their own behind a dot. */
function isFolderOf(projectId: string, folder: string): boolean {
  return folder === projectId || folder.startsWith(`${projectId}.`)
}

/** The folders of files of a project: its own, and those of archives that were opened, or only begun. */
export async function foldersOf(projectId: string): Promise<string[]> {
  return (await storedFolders()).filter(folder => isFolderOf(projectId, folder)).sort()
}

/** The folder in which most of a project's pixels lie, where its record does not say. */
export async function likelyFolder(projectId: string): Promise<string> {
  let [likely, most] = [projectId, 0]
  for (const folder of await foldersOf(projectId)) {
    const { length } = await (await openByteStore(folder)).list(['pixels'])
    if (length > most) [likely, most] = [folder, length]
  }
  return likely
}

/** Where a project's files lie: one that was opened from an archive has its own folder. */
export async function filesFolder(records: RecordStore, projectId: string): Promise<string> {
  const [record, count] = await records.read('Opening the project', async open => {
    return [await open.get('project', PROJECT_ID), await open.count('project')] as const
  })
  const folder: unknown = record?.filesFolder
  if (typeof folder === 'string' && isFolderOf(projectId, folder)) return folder
  // Of several records, one came with an archive that called the project otherwise, in versions that let it.
  if (record && folder === undefined && count === 1) return projectId
  return likelyFolder(projectId)
}
