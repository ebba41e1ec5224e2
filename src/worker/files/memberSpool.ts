import type { ExpandOptions } from '../../core/raster/expandInputs'
import { blobInput } from '../../core/raster/inputFile'
import { toStorageError } from '../../storage/storageError'

/** Keeps large members of archives outside of memory while they are read. */
export interface MemberSpool {
  /** What `expandInputs` calls. @throws AppError `storage-full`, and what the chunks throw; nothing is left of the member then */
  readonly spool: NonNullable<ExpandOptions['spool']>
  /** Removes all that it keeps; nothing there is fine. */
  remove(): Promise<void>
}

/** No project is called so. */
const ROOT = 'unpacked-archives'

const lockOf = (folder: string) => `${ROOT}:${folder}`

/**
 * A spool in the browser's own file system, in a folder that is made for the first member. While it is in use a lock is
 * held under its name, so that the next spool of any tab removes what crashed ones left.
 *
 * @returns null where there is no such file system.
 */
export function openMemberSpool(): MemberSpool | null {
  if (typeof navigator === 'undefined' || !navigator.storage?.getDirectory || !navigator.locks) return null
  let opened: Promise<{ name: string; folder: FileSystemDirectoryHandle; release: () => void }> | null = null
  let members = 0
  const open = async () => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(ROOT, { create: true })
    await removeLeftovers(root)
    const name = crypto.randomUUID()
    const release = await held(lockOf(name))
    return { name, folder: await root.getDirectoryHandle(name, { create: true }), release }
  }
  return {
    async spool(path, _size, chunks) {
      opened ??= open()
      const place = `member-${members++}`
      try {
        const { folder } = await opened
        const handle = await folder.getFileHandle(place, { create: true })
        await write(handle, chunks)
        return blobInput(path, await handle.getFile())
      } catch (thrown) {
        await opened.then(({ folder }) => folder.removeEntry(place)).catch(() => undefined)
        throw toStorageError(`Unpacking "${path}"`, thrown)
      }
    },
    async remove() {
      const last = await opened?.catch(() => null)
      opened = null
      if (!last) return
      await removeFolder(last.name).catch(() => undefined)
      last.release()
    },
  }
}

/** Takes a lock and keeps it until it is released. */
function held(name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    navigator.locks.request(name, () => new Promise<void>(release => resolve(() => release()))).catch(reject)
  })
}

async function removeFolder(name: string): Promise<void> {
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(ROOT)
  await root.removeEntry(name, { recursive: true })
}

/** Folders whose lock nobody holds: their worker is gone. */
async function removeLeftovers(root: FileSystemDirectoryHandle): Promise<void> {
  const names: string[] = []
  for await (const name of root.keys()) names.push(name)
  for (const name of names) {
    await navigator.locks.request(lockOf(name), { ifAvailable: true }, async lock => {
      // Another tab may be at it, too.
      if (lock) await root.removeEntry(name, { recursive: true }).catch(() => undefined)
    })
  }
}

/** Only worker scopes have this one; it writes in place, where a stream writes to a copy first. */
interface SyncFileHandle {
  createSyncAccessHandle(): Promise<{
    write(bytes: Uint8Array, options: { at: number }): number
    flush(): void
    close(): void
  }>
}

async function write(handle: FileSystemFileHandle, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  if (!('createSyncAccessHandle' in handle)) {
    const writable = await handle.createWritable()
    try {
      for await (const chunk of chunks) await writable.write(chunk as Uint8Array<ArrayBuffer>)
      await writable.close()
    } catch (thrown) {
      await writable.abort().catch(() => undefined)
      throw thrown
    }
    return
  }
  const access = await (handle as unknown as SyncFileHandle).createSyncAccessHandle()
  try {
    let at = 0
    for await (const chunk of chunks) {
      const written = access.write(chunk, { at })
      // Some browsers write what fits, and say nothing.
      if (written < chunk.length) throw new DOMException('The disk is full.', 'QuotaExceededError')
      at += written
    }
    access.flush()
  } finally {
    access.close()
  }
}
