import { version } from '../../../package.json'
import type { EvidenceAudit, EvidenceFacts, EvidenceModel } from '../../core/export/evidence'
import { evidenceBundle, rasterFile } from '../../core/export/evidenceBundle'
import type { LocatedAudit } from '../../core/export/inventoryLayers'
import type { RasterLook } from '../../core/export/mapPicture'
import { zipFiles } from '../../core/export/zipFiles'
import { AppError, throwIfAborted, toAppError } from '../../core/foundation/appError'
import { safeFileName } from '../../core/foundation/fileNames'
import type { JobContext } from '../../core/foundation/job'
import { listNames, plural } from '../../core/foundation/text'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { accuracyOf } from '../../core/review/auditAccuracy'
import { auditLines } from '../../core/review/auditLog'
import type { PointAuditRecord } from '../../core/review/pointAudit'
import { countStates, MASK_STATES } from '../../core/review/provenance'
import { type ModelManifest, parseManifest } from '../../core/rounds/modelManifest'
import { FAMILY_TITLES } from '../../core/rounds/networks'
import { type BoxSums, REDUCED_SIDE } from '../../core/scenes/boxSums'
import type { ProjectStore } from '../../storage/projectStore'
import { openScratchFile, type ScratchFile } from '../../storage/scratchFile'
import type { FilesApi } from '../protocol'
import { type AskedMask, askedMasks, hasMask, missingNote, readAskedMask } from './exportedMask'
import { leavingFiles, planesOf, Work } from './exportMasks'
import { type ProjectRaster, planRasters } from './inventoryRasters'

/** Share of the work that goes into the rasters; the rest into polygons. */
const RASTERS = 0.4

/**
 * An inventory of these masks with everything that the project knows of it, as one zip. A row of cells is in memory at a
 * time, and the GeoPackage whole.
 *
 * @param readManifest of a model, by its id; null: it is gone
 * @throws AppError `export-failed` if no patch has a mask, `storage-full`, `aborted`
 */
export async function exportBundle(
  store: ProjectStore,
  { patchIds, threshold, mosaics, options, title }: FilesApi['exportBundle']['request'],
  readManifest: (id: string) => Promise<Uint8Array | null>,
  context: JobContext,
  openScratch: () => Promise<ScratchFile> = openScratchFile,
): Promise<FilesApi['exportBundle']['result']> {
  const planned = await planRasters(store, patchIds, threshold, context.signal, mosaics)
  const { rasters } = planned
  if (rasters.length === 0) {
    throw new AppError('export-failed', 'None of these patches has a mask yet: run the ensemble first.')
  }
  const asked = planned.asked.filter(hasMask)
  const audits = await readAudits(store, threshold)
  const states = asked.map(({ provenance }) => provenance.state)
  const facts: EvidenceFacts = {
    title,
    at: new Date().toISOString(),
    version,
    models: await modelsOf(store, asked, readManifest),
    rounds: await store.rounds(),
    audits: audits.map(({ record, accuracy }) => ({ record, accuracy })),
    masks: MASK_STATES.map(state => ({ state, count: states.filter(one => one === state).length })),
    options,
    notes: planned.mosaics.flatMap(({ grid }) =>
      grid.members.flatMap(({ place: { scene } }) =>
        scene.synthetic.length > 0
          ? [`${scene.name} has no ${listNames(scene.synthetic)}: the networks were given their mean.`]
          : [],
      ),
    ),
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
  const blob = await zipFiles(bundle)
  return {
    fileName: `${safeFileName(title, 'event')}-evidence.zip`,
    blob,
    notes: notesOf(planned.asked, audits, rasters),
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
  store: Pick<ProjectStore, 'rounds'>,
  asked: readonly AskedMask[],
  readManifest: (id: string) => Promise<Uint8Array | null>,
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
async function manifestOf(
  id: string,
  readManifest: (id: string) => Promise<Uint8Array | null>,
): Promise<ModelManifest | null> {
  try {
    const bytes = await readManifest(id)
    return bytes && parseManifest(bytes)
  } catch (thrown) {
    if (toAppError(thrown).code === 'model-invalid') return null
    throw thrown
  }
}

/** Audits with answers, held against the masks as they are now. */
async function readAudits(store: ProjectStore, threshold: number): Promise<(EvidenceAudit & LocatedAudit)[]> {
  const audits = (await store.pointAudits()).filter(({ answers }) => Object.keys(answers).length > 0)
  const ids = new Set(audits.flatMap(({ points }) => points.map(({ patchId }) => patchId)))
  const patches = new Map(
    (await askedMasks(store, [...ids], threshold)).map(one => [one.record.id, one] as const),
  )
  const classes = new Map<string, 0 | 1 | null>()
  for (const [id, one] of patches) {
    const points = audits.flatMap(audit => audit.points.filter(({ patchId }) => patchId === id))
    const { valid } = one.record.cell ? { valid: null } : await store.readPixels(id)
    const mask = await readAskedMask(store, one, threshold, valid)
    for (const { column, row } of points) {
      const value = mask?.[row * one.record.width + column]
      classes.set(keyOf(id, column, row), value === 0 || value === 1 ? value : null)
    }
  }
  return audits.map((record: PointAuditRecord) => {
    const located: LocatedAudit = {
      record,
      placeOf({ patchId, column, row }) {
        const patch = patches.get(patchId)
        return patch ? { georeference: patch.record.georeference, column, row } : null
      },
      classAt: ({ patchId, column, row }) => classes.get(keyOf(patchId, column, row)) ?? null,
    }
    const accuracy = accuracyOf(record, { classAt: located.classAt, mappedArea: null })
    return { ...located, accuracy }
  })
}

const keyOf = (id: string, column: number, row: number) => `${id}/${column}/${row}`

/** Red, green, blue of true colour. */
const BANDS = [3, 2, 1] as const

/** The patches of a raster in true colour: their small copies where those are fine enough. */
async function* looksOf(
  store: Pick<ProjectStore, 'readPixelWindow' | 'readReduced'>,
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
