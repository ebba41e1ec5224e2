import { AppError } from '../core/foundation/appError'
import { toStorageError } from './storageError'

/** Folders and file name inside the store, in any characters: they are encoded. */
export type BytePath = readonly [string, ...string[]]

export type FileParts = readonly (Uint8Array | Float32Array | Uint32Array)[]

/** Files in the origin private file system: whole-file writes that appear at once or not at all. */
export interface ByteStore {
  /** Of its folder. */
  readonly name: string
  /**
   * What `use` makes of the file's bytes, null where there is no such file. `use` runs again from the start if the
   * file was replaced while it read.
   */
  read<T>(path: BytePath, use: (file: Blob) => Promise<T>): Promise<T | null>
  /**
   * Replaces the file by what `parts` gives, one after the other; durable on resolve. Writers of one path take turns
   * in the order of their calls, across tabs and workers.
   */
  write(path: BytePath, parts: () => Promise<FileParts> | FileParts): Promise<void>
  /** Removes a file, or a folder with all in it; nothing there is fine. */
  remove(path: BytePath): Promise<void>
  /** Names in a folder; empty where there is none. */
  list(path: BytePath): Promise<string[]>
  /** Visits each file below a folder, with its names from there on and its bytes. An absent folder is fine. */
  walk(path: readonly string[], visit: (names: string[], bytes: number) => void): Promise<void>
  /** Removes everything. */
  clear(): Promise<void>
}

const READ_ATTEMPTS = 5

const WRITE_ATTEMPTS = 5

/** Names of all byte stores of this origin. */
export async function storedFolders(): Promise<string[]> {
  const names: string[] = []
  for await (const [entry, handle] of (await navigator.storage.getDirectory()).entries()) {
    if (handle.kind === 'directory') names.push(decodeURIComponent(entry))
  }
  return names
}

/** @throws AppError `storage-failed` where the browser has no origin private file system. */
export async function openByteStore(name: string): Promise<ByteStore> {
  if (typeof navigator === 'undefined' || !navigator.storage?.getDirectory) {
    throw new AppError(
      'storage-failed',
      'This browser offers no file storage to web pages (private windows often do not): use a normal window of a ' +
        'current Chrome, Edge, Firefox or Safari, over https or on localhost.',
    )
  }
  const origin = await navigator.storage.getDirectory().catch(thrown => {
    throw toStorageError('Opening the file storage', thrown)
  })

  const folderOf = async (names: readonly string[], create: boolean) => {
    let folder = await origin.getDirectoryHandle(encodeName(name), { create })
    for (const part of names) folder = await folder.getDirectoryHandle(encodeName(part), { create })
    return folder
  }
  const locked = <T>(path: BytePath, work: () => Promise<T>): Promise<T> =>
    navigator.locks.request(`${name}:${path.map(encodeName).join('/')}`, work) as Promise<T>

  return {
    name,
    async read(path, use) {
      for (let attempt = 1; ; attempt++) {
        try {
          const folder = await folderOf(path.slice(0, -1), false)
          const handle = await folder.getFileHandle(encodeName(path.at(-1)!))
          return await use(await handle.getFile())
        } catch (thrown) {
          if (isNamed(thrown, 'NotFoundError')) return null
          // A file that was replaced between opening and reading may not be read any more: open it again.
          if (isNamed(thrown, 'NotReadableError') && attempt < READ_ATTEMPTS) continue
          throw toStorageError('Reading a file of the project', thrown)
        }
      }
    },
    async write(path, parts) {
      await locked(path, async () => {
        try {
          const content = (await parts()).map(asBytes)
          const folder = await folderOf(path.slice(0, -1), true)
          const handle = await folder.getFileHandle(encodeName(path.at(-1)!), { create: true })
          await replaceAgain(handle, content)
        } catch (thrown) {
          throw toStorageError('Saving a file of the project', thrown)
        }
      })
    },
    async remove(path) {
      await locked(path, async () => {
        try {
          const folder = await folderOf(path.slice(0, -1), false)
          await folder.removeEntry(encodeName(path.at(-1)!), { recursive: true })
        } catch (thrown) {
          if (!isNamed(thrown, 'NotFoundError'))
            throw toStorageError('Removing a file of the project', thrown)
        }
      })
    },
    async list(path) {
      try {
        const names: string[] = []
        const folder = await folderOf(path, false)
        for await (const entry of folder.keys()) names.push(decodeURIComponent(entry))
        return names.sort()
      } catch (thrown) {
        if (isNamed(thrown, 'NotFoundError')) return []
        throw toStorageError('Listing the files of the project', thrown)
      }
    },
    async walk(path, visit) {
      const enter = async (folder: FileSystemDirectoryHandle, names: string[]): Promise<void> => {
        for await (const entry of folder.values()) {
          const below = [...names, decodeURIComponent(entry.name)]
          if (entry.kind === 'directory') await enter(entry as FileSystemDirectoryHandle, below)
          else visit(below, (await (entry as FileSystemFileHandle).getFile()).size)
        }
      }
      try {
        await enter(await folderOf(path, false), [])
      } catch (thrown) {
        // Gone while it was looked at: what was counted is near enough.
        if (!isNamed(thrown, 'NotFoundError'))
          throw toStorageError('Measuring the files of the project', thrown)
      }
    },
    async clear() {
      try {
        await origin.removeEntry(encodeName(name), { recursive: true })
      } catch (thrown) {
        if (!isNamed(thrown, 'NotFoundError')) throw toStorageError('Emptying the project', thrown)
      }
    },
  }
}

/** Only worker scopes have this one, and Safari before 26 has no other. */
interface SyncFileHandle {
  createSyncAccessHandle(): Promise<{
    truncate(size: number): void
    write(bytes: Uint8Array, options: { at: number }): number
    flush(): void
    close(): void
  }>
}

/**
 * Chromium passes bytes on through a pipe. Where the other end stops taking them, on a full disk say, the pipe may break
 * before the reason arrives ("AbortError: Failed to write data to data pipe"): asked again, it gives the reason.
 */
async function replaceAgain(handle: FileSystemFileHandle, parts: Uint8Array<ArrayBuffer>[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await replaceContent(handle, parts)
      return
    } catch (thrown) {
      if (!isNamed(thrown, 'AbortError') || attempt === WRITE_ATTEMPTS) throw thrown
    }
  }
}

async function replaceContent(handle: FileSystemFileHandle, parts: Uint8Array<ArrayBuffer>[]): Promise<void> {
  if ('createWritable' in handle) {
    const writable = await handle.createWritable()
    try {
      for (const part of parts) await writable.write(part)
      await writable.close()
    } catch (thrown) {
      // A stream that failed may already be closed or in error; what counts is the failure itself.
      await writable.abort().catch(() => undefined)
      throw thrown
    }
    return
  }
  if (!('createSyncAccessHandle' in handle)) {
    throw new AppError('storage-failed', 'This browser cannot write files here: use a current version of it.')
  }
  const access = await (handle as unknown as SyncFileHandle).createSyncAccessHandle()
  try {
    access.truncate(0)
    let at = 0
    for (const part of parts) {
      const written = access.write(part, { at })
      // Some browsers write what fits, and say nothing.
      if (written < part.length) throw new DOMException('The disk is full.', 'QuotaExceededError')
      at += written
    }
    access.flush()
  } finally {
    access.close()
  }
}

/** The view's own bytes; copied where they are shared between threads, which the file system refuses. */
function asBytes(part: Uint8Array | Float32Array | Uint32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
}

/** Letters, digits, "-" and "_" stay, and dots inside; everything else becomes %XX, as in a URL. */
function encodeName(name: string): string {
  if (name === '') throw new AppError('bad-argument', 'A stored file needs a name.')
  return encodeURIComponent(name)
    .replace(/[!'()*~]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/^\.|\.$/g, '%2E')
}

function isNamed(thrown: unknown, name: string): boolean {
  return thrown instanceof DOMException && thrown.name === name
}
