import { maskTags, probabilityTags } from '../export/provenanceTags'
import { writeMaskGeotiff, writeProbabilityGeotiff } from '../export/resultGeotiffs'
import { type BlockStore, type StreamedCog, streamCog } from '../export/writeCog'
import type { LeavingFile } from '../export/zipFiles'
import { throwIfAborted } from '../foundation/appError'
import { safeFileNames } from '../foundation/fileNames'
import type { JobContext, Progress } from '../foundation/job'
import type { ProjectReader } from '../project/projectReader'
import { type MaskState, recordedOrigin } from '../review/provenance'
import type { PatchRecord } from '../review/records'
import { ENSEMBLE } from '../rounds/ensemble'
import { type AskedMask, readAskedMask } from './exportedMask'
import { type CellPlane, mosaicImage, type SceneMosaic } from './sceneMosaics'

/** What leaves besides masks. */
export interface LeavingChoice {
  /** Of masks that were neither painted nor judged, 0..1. */
  threshold: number
  includeProbability: boolean
  /** Of scenes. */
  includeDisagreement: boolean
}

/** Opens where the blocks of a raster wait; nothing is left of it once it is removed. */
export type OpenScratch = () => Promise<BlockStore & { remove(): Promise<void> }>

/** What an export reports while its files are made. */
export interface Told {
  /** Of the masks that are in it. */
  states: MaskState[]
  /** Names of patches that have none. */
  missing: string[]
  /** Names of patches that no map can place. */
  nowhere: string[]
}

/** Which files of a mosaic leave. */
export function planesOf({ includeProbability, includeDisagreement }: LeavingChoice): CellPlane[] {
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
  store: ProjectReader,
  request: LeavingChoice,
  given: {
    patches: readonly AskedMask[]
    mosaics: readonly SceneMosaic[]
    openScratch: OpenScratch
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
  openScratch: OpenScratch,
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
