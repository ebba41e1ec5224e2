import { stylesBeside } from '../../core/export/qgisRasterStyles'
import { type LeavingFile, streamedBlob, zipFiles } from '../../core/export/zipFiles'
import { AppError } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/job'
import { listNames, plural } from '../../core/foundation/text'
import type { ProjectReader } from '../../core/project/projectReader'
import { askedMasks, hasMask, missingNote } from '../../core/results/exportedMask'
import { leavingFiles, type OpenScratch, planesOf, type Told, Work } from '../../core/results/leavingMasks'
import { mosaicNote, planMosaics } from '../../core/results/sceneMosaics'
import { countStates } from '../../core/review/provenance'
import { openScratchFile } from '../../storage/scratchFile'
import type { FilesApi } from '../protocol'

/**
 * Masks, and probabilities if asked for, as cloud-optimised GeoTIFF: one file as it is, several in a zip. Cells leave as one
 * mosaic a scene or an event. One patch, or a row of cells, is in memory at a time.
 *
 * @param openScratch where the blocks of a mosaic wait
 * @throws AppError `export-failed` if no patch has a mask, `storage-full`, `aborted`
 */
export async function exportMasks(
  store: ProjectReader,
  request: FilesApi['exportMasks']['request'],
  context: JobContext,
  openScratch: OpenScratch = openScratchFile,
): Promise<FilesApi['exportMasks']['result']> {
  const { patchIds, threshold } = request
  const asked = await askedMasks(store, patchIds, threshold)
  const patches = asked.filter(({ record }) => !record.cell)
  const cells = asked.filter(({ record }) => record.cell)
  const present = cells.filter(hasMask)
  const mosaics = await planMosaics(store, present, request.mosaics, context.signal)
  const told: Told = { states: present.map(({ provenance }) => provenance.state), missing: [], nowhere: [] }
  const work = new Work(patches, mosaics, planesOf(request), context)
  const files = leavingFiles(store, request, { patches, mosaics, openScratch }, told, work)
  const [first, second] = [await nextOf(files), await nextOf(files)]
  if (!first) {
    throw new AppError('export-failed', 'None of these patches has a mask yet: run the ensemble first.')
  }
  const { bytes } = first
  const blob = second
    ? await zipFiles(withStyles(following([first, second], files)))
    : typeof bytes === 'string' || bytes instanceof Uint8Array
      ? new Blob([bytes], { type: 'image/tiff' })
      : await streamedBlob(bytes, 'image/tiff')
  const notes = [`Masks: ${countStates(told.states)}.`, ...mosaics.map(mosaicNote)]
  if (told.missing.length > 0) notes.push(missingNote(told.missing))
  if (present.length < cells.length) notes.push(missingNote([plural(cells.length - present.length, 'cell')]))
  if (request.mosaics === 'event' && mosaics.length > 1) {
    notes.push('One mosaic for each grid: the scenes have several coordinate systems or pixel grids.')
  }
  if (told.nowhere.length > 0) {
    notes.push(
      `No CRS: the source of ${listNames(told.nowhere)} has none, so these files open in pixel coordinates.`,
    )
  }
  return { fileName: second ? 'landslide-masks.zip' : first.name, blob, notes }
}

/** Each raster with what QGIS opens it styled by. */
async function* withStyles(files: AsyncIterable<LeavingFile>): AsyncGenerator<LeavingFile> {
  for await (const file of files) {
    yield file
    yield* stylesBeside([file.name])
  }
}

async function nextOf<Item>(items: AsyncIterator<Item>): Promise<Item | null> {
  const { done, value } = await items.next()
  return done ? null : value
}

async function* following<Item>(first: readonly Item[], rest: AsyncIterable<Item>): AsyncGenerator<Item> {
  yield* first
  yield* rest
}
