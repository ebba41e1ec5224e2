import { throwIfAborted, toAppError } from '../../core/foundation/appError'
import type { DroppedFile } from '../../state/patches/slice'
import type { JobOptions } from '../../state/shell/jobs'

/** Files between two reports. */
const REPORT_EVERY = 200

/**
 * Everything in a drop, folders walked to the bottom, with paths relative to what was dropped. Call it within the event:
 * the list of items is emptied when that ends. What it gives walks the folders, between whose files it can be cancelled.
 *
 * @throws (from what it gives) AppError `file-unreadable`, `aborted`.
 */
export function droppedFiles(
  transfer: Pick<DataTransfer, 'items'>,
): (options: JobOptions) => Promise<DroppedFile[]> {
  const taken = [...transfer.items]
    .filter(item => item.kind === 'file')
    .map(item => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }))
  return async ({ signal, onProgress }) => {
    const files: DroppedFile[] = []
    const take = (path: string, file: File) => {
      throwIfAborted(signal)
      files.push({ path, file })
      if (files.length % REPORT_EVERY !== 0) return
      const label = `Listing files, ${files.length.toLocaleString('en')}`
      onProgress({ label, done: 0, total: 0, rate: 0, etaSeconds: null })
    }
    try {
      for (const { entry, file } of taken) {
        if (entry) await walk(entry, take)
        else if (file) take(file.name, file)
      }
      return files
    } catch (thrown) {
      throw toAppError(thrown, 'file-unreadable')
    }
  }
}

async function walk(entry: FileSystemEntry, take: (path: string, file: File) => void): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    )
    take(entry.fullPath.replace(/^\//, ''), file)
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    // A reader gives at most a hundred entries at a time and an empty list at the end.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (batch.length === 0) return
    for (const child of batch) await walk(child, take)
  }
}
