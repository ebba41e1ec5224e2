import { AppError } from '../core/foundation/appError'
import { toStorageError } from './storageError'

/** A temporary file: what is appended can be read again until it is removed. */
export interface ScratchFile {
  /** @throws AppError `storage-full`, `storage-failed` */
  append(bytes: Uint8Array): Promise<void>
  /** @returns the bytes at `begin`, counted over all that was appended */
  read(begin: number, length: number): Promise<Uint8Array>
  /** Nothing is left of it. */
  remove(): Promise<void>
}

/** Lies beside the folders of projects, whose names are other ones. */
const FOLDER = 'scratch'

/** What TypeScript's library for windows leaves out: only workers have it. */
interface AccessHandle {
  read(bytes: Uint8Array, options: { at: number }): number
  write(bytes: Uint8Array, options: { at: number }): number
  close(): void
}

/**
 * Makes a temporary file in the origin private file system; in workers only. Those that a closed tab left are removed.
 *
 * @throws AppError `storage-failed`
 */
export async function openScratchFile(): Promise<ScratchFile> {
  const name = crypto.randomUUID()
  try {
    const origin = await navigator.storage.getDirectory()
    const folder = await origin.getDirectoryHandle(FOLDER, { create: true })
    await removeStrays(folder)
    const file = await folder.getFileHandle(name, { create: true })
    const access = await (
      file as unknown as { createSyncAccessHandle(): Promise<AccessHandle> }
    ).createSyncAccessHandle()
    let end = 0
    return {
      async append(bytes) {
        try {
          const written = access.write(bytes, { at: end })
          if (written < bytes.length) throw new DOMException('No room.', 'QuotaExceededError')
          end += written
        } catch (thrown) {
          throw toStorageError('Writing a temporary file', thrown)
        }
      },
      async read(begin, length) {
        const bytes = new Uint8Array(length)
        if (access.read(bytes, { at: begin }) === length) return bytes
        throw new AppError('storage-failed', 'A temporary file was cut short. Try again.')
      },
      async remove() {
        access.close()
        await folder.removeEntry(name).catch(thrown => {
          throw toStorageError('Removing a temporary file', thrown)
        })
      },
    }
  } catch (thrown) {
    throw toStorageError('Making a temporary file', thrown)
  }
}

/** Files that no worker has open: it holds them locked. */
async function removeStrays(folder: FileSystemDirectoryHandle): Promise<void> {
  const names: string[] = []
  for await (const name of folder.keys()) names.push(name)
  for (const name of names) {
    await folder.removeEntry(name).catch((thrown: unknown) => {
      // Open in another tab, or removed by it.
      if (thrown instanceof DOMException) return
      throw thrown
    })
  }
}
