import { createWriteStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type BlockStore, type StreamedCog, streamCog } from '../../core/export/writeCog'
import type { JobContext } from '../../core/foundation/job'
import { makeFolder } from './makeFolder'
import { writeAside } from './nodeFiles'
import { scratchFolder } from './scratchFolder'

/**
 * Writes a GeoTIFF of any size, completely or not at all. Its blocks wait in a scratch folder beside it, since the
 * system's own temporary folder may be small.
 *
 * @throws AppError as `fileError`, `aborted`, and what the image's `rows` throw.
 */
export async function streamCogFile(path: string, image: StreamedCog, context: JobContext): Promise<void> {
  const folder = dirname(path)
  await makeFolder(folder)
  const scratch = await scratchFolder(join(folder, '.scarp-blocks-'))
  const blocks = await open(join(scratch, 'blocks'), 'w+')
  try {
    await writeAside(path, aside =>
      pipeline(Readable.from(streamCog(image, storeIn(blocks), context)), createWriteStream(aside)),
    )
  } finally {
    await blocks.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

function storeIn(file: FileHandle): BlockStore {
  return {
    async append(bytes) {
      await file.writeFile(bytes)
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
