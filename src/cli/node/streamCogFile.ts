import { basename, dirname, join } from 'node:path'
import { stylesBeside } from '../../core/export/qgisRasterStyles'
import { type StreamedCog, streamCog } from '../../core/export/writeCog'
import type { JobContext } from '../../core/foundation/job'
import { writeAtomically } from './nodeFiles'
import { scratchStore, streamFile } from './scratchStore'

/**
 * Writes a GeoTIFF of any size, completely or not at all, and its style. Its blocks wait in a scratch folder beside it.
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
  await writeStyleBeside(path)
}

/** Writes the style that QGIS opens a mask, probability or disagreement with; for other rasters there is none. */
export async function writeStyleBeside(path: string): Promise<void> {
  for (const { name, bytes } of stylesBeside([basename(path)])) {
    await writeAtomically(join(dirname(path), name), bytes)
  }
}
