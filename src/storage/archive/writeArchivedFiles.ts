import { throwIfAborted } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/job'
import { rasterKind } from '../../core/project/archivedRasters'
import { archiveMalformed } from '../../core/project/archiveFormat'
import { checkArchivedFile, type OpenArchive, storedPath } from '../../core/project/openArchive'
import { readPixelFile } from '../../core/project/rasterFiles'
import type { PatchRecord } from '../../core/review/records'
import type { ByteStore } from '../byteStore'
import { isSeen, writeReduced } from '../patchRecords'

/**
 * Writes every file of the archive into a store, each checked first.
 *
 * @param leftOut ids of patches whose files are not written
 * @throws AppError `file-malformed`, `storage-full`, `aborted`; what was written until then is for the caller to clear
 */
export async function writeArchivedFiles(
  path: string,
  archive: OpenArchive,
  records: { patches: readonly PatchRecord[]; leftOut: ReadonlySet<string> },
  store: ByteStore,
  { signal, onProgress }: JobContext,
): Promise<void> {
  const patches = new Map(records.patches.map(patch => [patch.id, patch]))
  const unread = new Set(patches.keys())
  const files = archive.manifest.entries.filter(({ name }) => !name.startsWith('records/'))
  for (const [done, { name }] of files.entries()) {
    throwIfAborted(signal)
    onProgress?.({ label: 'Opening the archive', done, total: files.length })
    const target = storedPath(path, name)
    if (rasterKind(target[0]) && records.leftOut.has(target[1] ?? '')) continue
    const content = await archive.read(name)
    await checkArchivedFile(path, target, content, patches)
    await store.write(target, () => [content])
    if (target[0] !== 'pixels') continue
    unread.delete(target[1]!)
    await reduceArchived(patches.get(target[1]!)!, content, store)
  }
  const [missing] = unread
  if (missing !== undefined) throw archiveMalformed(path, `the pixels of patch "${missing}" are missing`)
  onProgress?.({ label: 'Opening the archive', done: files.length, total: files.length })
}

/** Makes the small copy of a cell, which archives are without. */
async function reduceArchived(patch: PatchRecord, content: Uint8Array, store: ByteStore): Promise<void> {
  if (!isSeen(patch)) return
  const file = new Blob([content as Uint8Array<ArrayBuffer>])
  await writeReduced(store, patch, await readPixelFile(file, patch.width, patch.height))
}
