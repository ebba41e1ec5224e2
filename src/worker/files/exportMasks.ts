import { maskTags, probabilityTags } from '../../core/export/provenanceTags'
import { stylesBeside } from '../../core/export/qgisRasterStyles'
import { writeMaskGeotiff, writeProbabilityGeotiff } from '../../core/export/resultGeotiffs'
import { type BlockStore, type StreamedCog, streamCog } from '../../core/export/writeCog'
import { type LeavingFile, streamedBlob, zipFiles } from '../../core/export/zipFiles'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { safeFileNames } from '../../core/foundation/fileNames'
import type { JobContext, Progress } from '../../core/foundation/job'
import { listNames, plural } from '../../core/foundation/text'
import { countStates, type MaskState, recordedOrigin } from '../../core/review/provenance'
import type { PatchRecord } from '../../core/review/records'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import type { ProjectStore } from '../../storage/projectStore'
import { openScratchFile, type ScratchFile } from '../../storage/scratchFile'
import type { FilesApi } from '../protocol'
import { type AskedMask, askedMasks, hasMask, missingNote, readAskedMask } from './exportedMask'
import { type CellPlane, mosaicImage, mosaicNote, planMosaics, type SceneMosaic } from './sceneMosaics'

/** What is told of an export while its files are made. */
export interface Told {
  /** Of the masks that are in it. */
  states: MaskState[]
  /** Names of patches that have none. */
  missing: string[]
  /** Names of patches that no map can place. */
  nowhere: string[]
}

/**
 * Masks, and probabilities if asked for, as cloud-optimised GeoTIFF: one file as it is, several in a zip. Cells leave as one
 * mosaic a scene or an event. One patch, or a row of cells, is in memory at a time.
 *
 * @param openScratch where the blocks of a mosaic wait
 * @throws AppError `export-failed` if no patch has a mask, `storage-full`, `aborted`
 */
export async function exportMasks(
  store: ProjectStore,
  request: FilesApi['exportMasks']['request'],
  context: JobContext,
  openScratch: () => Promise<ScratchFile> = openScratchFile,
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

export function planesOf({
  includeProbability,
  includeDisagreement,
}: FilesApi['exportMasks']['request']): CellPlane[] {
  return [
    'mask',
    ...(includeProbability ? (['probability'] as const) : []),
    ...(includeDisagreement ? (['disagreement'] as const) : []),
  ]
}

const FILE_ENDINGS: Readonly<Record<CellPlane, string>> = {
  mask: 'mask',
  probability: 'prob',
  disagreement: 'disagreement',
}

/** All files of an export, each made when its turn comes. */
export async function* leavingFiles(
  store: ProjectStore,
  request: FilesApi['exportMasks']['request'],
  given: {
    patches: readonly AskedMask[]
    mosaics: readonly SceneMosaic[]
    openScratch: () => Promise<ScratchFile>
  },
  told: Told,
  work: Work,
): AsyncGenerator<LeavingFile> {
  const { threshold } = request
  const { patches, mosaics, openScratch } = given
  const rounds = await store.rounds()
  const names = safeFileNames([
    ...patches.map(({ record }) => record.name),
    ...mosaics.map(({ name }) => name),
  ])
  for (const [index, one] of patches.entries()) {
    work.check()
    const name = names[index]!
    const { record, provenance } = one
    const { width, height, georeference } = record
    const { valid } = await store.readPixels(record.id)
    const mask = await readAskedMask(store, one, threshold, valid)
    if (mask) {
      told.states.push(provenance.state)
      if (!hasSystem(record)) told.nowhere.push(record.name)
      const common = { width, height, georeference, name }
      const patch = { SCARP_PATCH: record.id }
      const metadata = { ...patch, ...maskTags(provenance, rounds) }
      yield { name: `${name}_mask.tif`, bytes: await writeMaskGeotiff({ ...common, mask, metadata }) }
      const probability = request.includeProbability ? await store.readProbability(record.id, ENSEMBLE) : null
      if (probability) {
        const metadata = { ...patch, ...probabilityTags(recordedOrigin(record), rounds) }
        const bytes = await writeProbabilityGeotiff({ ...common, probability, valid, metadata })
        yield { name: `${name}_prob.tif`, bytes }
      }
    } else told.missing.push(record.name)
    work.finish(`Writing ${name}`, width * height)
  }
  for (const [index, mosaic] of mosaics.entries()) {
    const name = names[patches.length + index]!
    for (const plane of planesOf(request)) {
      const image = mosaicImage(store, mosaic, plane, { name, threshold, rounds })
      yield { name: `${name}_${FILE_ENDINGS[plane]}.tif`, bytes: streamed(image, openScratch, work) }
    }
  }
}

function hasSystem({ georeference }: PatchRecord): boolean {
  return Boolean(georeference?.crs || georeference?.geoKeys)
}

async function* streamed(
  image: StreamedCog,
  openScratch: () => Promise<BlockStore & Pick<ScratchFile, 'remove'>>,
  work: Work,
): AsyncGenerator<Uint8Array> {
  const scratch = await openScratch()
  try {
    yield* streamCog(image, scratch, work.of(image))
  } finally {
    await scratch.remove()
  }
}

/** How much of an export is done, in pixels of its files. */
export class Work {
  private done = 0
  private readonly total: number

  constructor(
    patches: readonly AskedMask[],
    mosaics: readonly SceneMosaic[],
    planes: readonly CellPlane[],
    private readonly context: JobContext,
  ) {
    const pixels = ({ width, height }: { width: number; height: number }) => width * height
    this.total =
      patches.reduce((sum, { record }) => sum + pixels(record), 0) +
      mosaics.reduce((sum, { grid }) => sum + planes.length * pixels(grid), 0)
  }

  /** @throws AppError `aborted` */
  check(): void {
    throwIfAborted(this.context.signal)
  }

  finish(label: string, pixels: number): void {
    this.done += pixels
    this.report(label, this.done)
  }

  /** For the rows of a raster. */
  of({ width, height }: StreamedCog): JobContext {
    const before = this.done
    this.done += width * height
    return {
      signal: this.context.signal,
      onProgress: ({ label, done }: Progress) => this.report(label, before + done * width),
    }
  }

  private report(label: string, done: number): void {
    this.context.onProgress?.({ label, done, total: this.total })
  }
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
