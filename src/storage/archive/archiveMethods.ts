import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { readArchivedRecords } from '../../core/project/archivedRecords'
import { type ArchiveSummary, archiveMalformed } from '../../core/project/archiveFormat'
import { openArchive } from '../../core/project/openArchive'
import { auditOfSetAside } from '../../core/review/auditLog'
import { type ByteStore, openByteStore, storedFolders } from '../byteStore'
import type { RecordStore } from '../database'
import type { ProjectStore } from '../projectStore'
import { replaceAllRecords } from './archiveRecords'
import { writeArchive } from './writeArchive'
import { writeArchivedFiles } from './writeArchivedFiles'

type ArchiveMethods = Pick<ProjectStore, 'saveArchive' | 'inspectArchive' | 'openArchive'>

/** What a project needs beyond the files of an archive: records, and the file system's own. */
const SPARE_BYTES = 16 * 2 ** 20

/** @param name of the project; the folder of its files is named after it. */
export function archiveMethods(name: string, records: RecordStore, bytes: ByteStore): ArchiveMethods {
  return {
    saveArchive: (options, context) => writeArchive(records, bytes, options, context),
    async inspectArchive(file, members) {
      const archive = await openArchive(file, members)
      if (!archive) return null
      const size = archive.manifest.entries.reduce((sum, entry) => sum + entry.bytes, 0)
      return { ...archive.manifest.project, bytes: size } satisfies ArchiveSummary
    },
    async openArchive(file, context) {
      const { path } = file
      const archive = await openArchive(file)
      if (!archive) throw archiveMalformed(path, 'it has no manifest')
      const { records: replacement, leftOut, notes } = await readArchivedRecords(path, archive)
      const { threshold } = replacement.project[0]!
      for (const note of notes) replacement.auditLog.push(auditOfSetAside(new Date(), threshold, note))
      const size = archive.manifest.entries.reduce((sum, entry) => sum + entry.bytes, 0)
      await roomFor(size)
      // Beside the present files: those stay the project's until one transaction puts every record in its place.
      await clearStrays(name, bytes)
      const folder = `${name}.${crypto.randomUUID()}`
      const incoming = await openByteStore(folder)
      try {
        await writeArchivedFiles(path, archive, { patches: replacement.patches, leftOut }, incoming, context)
        throwIfAborted(context.signal)
        const project = replacement.project.map(record => ({ ...record, filesFolder: folder }))
        await replaceAllRecords(records, { ...replacement, project })
      } catch (thrown) {
        await incoming.clear()
        throw thrown
      }
      // From here on nothing names the old files.
      await bytes.clear()
      return { notes }
    },
  }
}

/** @throws AppError `storage-full` where an archive of this size does not fit beside the present project. */
async function roomFor(size: number): Promise<void> {
  const { usage = 0, quota = 0 } = await navigator.storage.estimate()
  if (quota === 0 || size + SPARE_BYTES <= quota - usage) return
  throw new AppError(
    'storage-full',
    'The browser’s storage has no room to open this archive next to the present project, which stays ' +
      'until it is whole: delete a project that you no longer need, or free space in Storage, and try again.',
  )
}

/** Folders of archives that were never opened whole: their tab was closed. */
async function clearStrays(name: string, bytes: ByteStore): Promise<void> {
  for (const folder of await storedFolders()) {
    if (folder.startsWith(`${name}.`) && folder !== bytes.name) await (await openByteStore(folder)).clear()
  }
}
