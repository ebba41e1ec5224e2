import { createWriteStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { BlockStore } from '../../core/export/writeCog'
import type { LeavingFile } from '../../core/export/zipFiles'
import { fileError } from './fileError'
import { makeFolder } from './makeFolder'
import { writeAside, writeAtomically } from './nodeFiles'
import { scratchFolder } from './scratchFolder'

/**
 * A temporary file in a folder of its own beside the results, since the system's temporary folder may be small.
 *
 * @throws AppError as `fileError`, here and from the store
 */
export async function scratchStore(folder: string): Promise<{ store: BlockStore; remove(): Promise<void> }> {
  await makeFolder(folder)
  const scratch = await scratchFolder(join(folder, '.scarp-blocks-'))
  const file = await open(join(scratch, 'blocks'), 'w+')
  return {
    store: storeIn(file, folder),
    async remove() {
      await file.close()
      await rm(scratch, { recursive: true, force: true })
    },
  }
}

function storeIn(file: FileHandle, folder: string): BlockStore {
  let end = 0
  return {
    async append(bytes) {
      try {
        // By its place: what was read moves nothing.
        for (let done = 0; done < bytes.length; ) {
          const { bytesWritten } = await file.write(bytes, done, bytes.length - done, end + done)
          done += bytesWritten
        }
        end += bytes.length
      } catch (thrown) {
        throw fileError(thrown, folder) ?? thrown
      }
    },
    async read(begin, length) {
      const bytes = new Uint8Array(length)
      for (let filled = 0; filled < length; ) {
        const { bytesRead } = await file.read(bytes, filled, length - filled, begin + filled)
        if (bytesRead === 0) throw new Error(`The scratch file ends at ${begin + filled}.`)
        filled += bytesRead
      }
      return bytes
    },
  }
}

/** Writes what comes in pieces, completely or not at all. @throws AppError as `fileError`, and what the pieces throw */
export async function streamFile(path: string, bytes: LeavingFile['bytes']): Promise<void> {
  if (typeof bytes === 'string' || bytes instanceof Uint8Array) await writeAtomically(path, bytes)
  else await writeAside(path, aside => pipeline(Readable.from(bytes), createWriteStream(aside)))
}
