import type { EvidenceAudit, EvidenceFacts, EvidenceModel } from '../export/evidence'
import { evidenceBundle, rasterFile } from '../export/evidenceBundle'
import type { RasterLook } from '../export/mapPicture'
import type { LeavingFile } from '../export/zipFiles'
import { AppError, throwIfAborted, toAppError } from '../foundation/appError'
import type { JobContext } from '../foundation/job'
import { listNames, plural } from '../foundation/text'
import type { InventoryOptions } from '../inventory/inventory'
import { sharedGroundNotes } from '../inventory/oneGround'
import type { ProjectReader } from '../project/projectReader'
import type { PixelWindow } from '../raster/rasterSource'
import { auditLines } from '../review/auditLog'
import { countStates, MASK_STATES } from '../review/provenance'
import { type ModelManifest, parseManifest } from '../rounds/modelManifest'
import { FAMILY_TITLES } from '../rounds/networks'
import { type BoxSums, REDUCED_SIDE } from '../scenes/boxSums'
import { type AskedMask, hasMask, missingNote } from './exportedMask'
import { type ProjectRaster, planRasters } from './inventoryRasters'
import { leavingFiles, type OpenScratch, planesOf, Work } from './leavingMasks'
import { projectAudits } from './projectAudits'

/** Share of the work that goes into the rasters; the rest into polygons. */
const RASTERS = 0.4

/** The manifest of a model, by its id; null: it is gone. */
export type ReadManifest = (id: string) => Promise<Uint8Array | null>

/** What goes into a bundle. */
export interface BundledProject {
  patchIds: readonly string[]
  /** Of masks that were neither painted nor judged, 0..1. */
  threshold: number
  mosaics: 'scene' | 'event'
  options: InventoryOptions
  title: string
  /** Of Scarp: "0.2.0". */
  version: string
  /** ISO 8601, from the caller's clock. */
  at: string
}

/**
 * An inventory of these masks with everything that the project knows of it, file by file. A row of cells is in memory at a
 * time, and the GeoPackage whole.
 *
 * @returns files, each made when its turn comes, and what a person should know
 * @throws AppError `export-failed` if no patch has a mask, `storage-full`, `aborted`
 */
export async function bundleProject(
  store: ProjectReader,
  { patchIds, threshold, mosaics, options, title, version, at }: BundledProject,
  { readManifest, openScratch }: { readManifest: ReadManifest; openScratch: OpenScratch },
  context: JobContext,
): Promise<{ files: AsyncGenerator<LeavingFile>; notes: string[] }> {
  const planned = await planRasters(store, patchIds, threshold, context.signal, mosaics)
  const { rasters } = planned
  if (rasters.length === 0) {
    throw new AppError('export-failed', 'None of these patches has a mask yet: run the ensemble first.')
  }
  const asked = planned.asked.filter(hasMask)
  const audits = await projectAudits(store, threshold)
  const states = asked.map(({ provenance }) => provenance.state)
  const facts: EvidenceFacts = {
    title,
    at,
    version,
    models: await modelsOf(store, asked, readManifest),
    rounds: await store.rounds(),
    audits: audits.map(({ record, accuracy }) => ({ record, accuracy })),
    masks: MASK_STATES.map(state => ({ state, count: states.filter(one => one === state).length })),
    options,
    notes: [
      ...sharedGroundNotes(planned.shared),
      ...planned.mosaics.flatMap(({ grid }) =>
        grid.members.flatMap(({ place: { scene } }) =>
          scene.synthetic.length > 0
            ? [`${scene.name} has no ${listNames(scene.synthetic)}: the networks were given their mean.`]
            : [],
        ),
      ),
    ],
  }
  const bundle = evidenceBundle(
    {
      facts,
      rasters,
      rasterFiles: rasterFiles(),
      journal: auditLines(await store.auditLog()),
      audits,
      looks: (index, step) => looksOf(store, rasters[index]!, step, context.signal),
    },
    partOf(context, RASTERS, 1),
  )
  return {
    files: bundle,
    notes: [...notesOf(planned.asked, audits, rasters), ...sharedGroundNotes(planned.shared)],
  }

  async function* rasterFiles() {
    const request = { patchIds, threshold, includeProbability: true, includeDisagreement: true, mosaics }
    const patches = asked.filter(({ record }) => !record.cell)
    const work = new Work(patches, planned.mosaics, planesOf(request), partOf(context, 0, RASTERS))
    const given = { patches, mosaics: planned.mosaics, openScratch }
    const told = { states: [], missing: [], nowhere: [] }
    for await (const file of leavingFiles(store, request, given, told, work)) yield rasterFile(file, rasters)
  }
}

/** Progress of a part of the work as that of the whole. */
function partOf({ signal, onProgress }: JobContext, from: number, to: number): JobContext {
  const TOTAL = 10_000
  return {
    signal,
    onProgress({ label, done, total }) {
      const share = from + (to - from) * (total > 0 ? done / total : 0)
      onProgress?.({ label, done: Math.round(share * TOTAL), total: TOTAL })
    },
  }
}

function notesOf(
  asked: readonly AskedMask[],
  audits: readonly EvidenceAudit[],
  rasters: readonly ProjectRaster[],
): string[] {
  const present = asked.filter(hasMask)
  const missing = asked.filter(one => !hasMask(one)).map(({ record }) => record.name)
  const nowhere = rasters.filter(({ georeference }) => !georeference?.crs).map(({ name }) => name)
  return [
    `Masks: ${countStates(present.map(({ provenance }) => provenance.state))}.`,
    audits.length > 0
      ? `Accuracy from ${plural(audits.at(-1)!.accuracy.counted, 'audited point')}.`
      : 'Not audited: the report says so. Audit by points first to give accuracy and area with an interval.',
    ...(missing.length > 0 ? [missingNote(missing)] : []),
    ...(nowhere.length > 0
      ? [`No CRS: the source of ${listNames(nowhere)} has none, so its polygons are in pixels.`]
      : []),
  ]
}

/** Networks that made the masks, with the weights that they had then. */
async function modelsOf(
  store: Pick<ProjectReader, 'rounds'>,
  asked: readonly AskedMask[],
  readManifest: ReadManifest,
): Promise<EvidenceModel[]> {
  const weights = new Map<string, string | null>()
  for (const { provenance } of asked) {
    if (provenance.label || provenance.file) continue
    for (const { id, weightsHash } of provenance.prediction?.models ?? []) {
      weights.set(id, weights.get(id) ?? weightsHash)
    }
  }
  for (const { networks } of await store.rounds()) {
    for (const { modelId, weightsHash } of networks) {
      if (weights.has(modelId)) weights.set(modelId, weights.get(modelId) ?? weightsHash)
    }
  }
  const models: EvidenceModel[] = []
  for (const [id, hash] of weights) {
    const manifest = await manifestOf(id, readManifest)
    models.push({
      id,
      architecture: manifest ? FAMILY_TITLES[manifest.family] : null,
      weights: hash ?? manifest?.weights.sha256 ?? null,
      licence: manifest?.license ?? null,
    })
  }
  return models
}

/** null for a model that is gone or damaged: it made the masks all the same, and its hash is on record. */
async function manifestOf(id: string, readManifest: ReadManifest): Promise<ModelManifest | null> {
  try {
    const bytes = await readManifest(id)
    return bytes && parseManifest(bytes)
  } catch (thrown) {
    if (toAppError(thrown).code === 'model-invalid') return null
    throw thrown
  }
}

/** Red, green, blue of true colour. */
const BANDS = [3, 2, 1] as const

/** The patches of a raster in true colour: their small copies where those are fine enough. */
async function* looksOf(
  store: Pick<ProjectReader, 'readPixelWindow' | 'readReduced'>,
  raster: ProjectRaster,
  step: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<RasterLook> {
  for (const { record, window } of raster.patches) {
    throwIfAborted(signal)
    const { id, cell, width, height } = record
    if (cell && step >= REDUCED_SIDE) {
      const sums = await store.readReduced(id, cell.window, BANDS)
      yield lookOfSums(sums, window, cell.window)
      continue
    }
    const whole = { column: 0, row: 0, width, height }
    const { data, valid } = await store.readPixelWindow(id, whole, BANDS)
    const area = width * height
    if (valid) {
      for (let i = 0; i < area; i++) if (valid[i] === 0) data[i] = Number.NaN
    }
    const plane = (band: number) => data.subarray(band * area, (band + 1) * area)
    yield { window, width, height, planes: [plane(0), plane(1), plane(2)] }
  }
}

/** Boxes lie in the scene's pixels: @param cell there, and @param window of it in the raster */
function lookOfSums(sums: readonly BoxSums[], window: PixelWindow, cell: PixelWindow): RasterLook {
  const { column, row, width, height } = sums[0]!
  const mean = ({ sum, count }: BoxSums) => sum.map((value, i) => value / count[i]!)
  return {
    window: {
      column: column * REDUCED_SIDE - cell.column + window.column,
      row: row * REDUCED_SIDE - cell.row + window.row,
      width: width * REDUCED_SIDE,
      height: height * REDUCED_SIDE,
    },
    width,
    height,
    planes: [mean(sums[0]!), mean(sums[1]!), mean(sums[2]!)],
  }
}
