import { dirname } from 'node:path'
import { type StreamedCog, streamCog } from '../../core/export/writeCog'
import type { JobContext } from '../../core/foundation/job'
import { scratchStore, streamFile } from './scratchStore'

/**
 * Writes a GeoTIFF of any size, completely or not at all. Its blocks wait in a scratch folder beside it.
 *
 * @throws AppError as `fileError`, `aborted`, and what the image's `rows` throw.
 */
export async function streamCogFile(path: string, image: StreamedCog, context: JobContext): Promise<void> {
  const { store, remove } = await scratchStore(dirname(path))
  try {
    await streamFile(path, streamCog(image, store, context))
  } finally {
    await remove()
  }
}
