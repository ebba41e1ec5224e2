import { validateSubmission, writeSubmissionZip } from '../../core/export/competitionZip'
import { maskTags, probabilityTags } from '../../core/export/provenanceTags'
import { writeMaskGeotiff, writeProbabilityGeotiff } from '../../core/export/resultGeotiffs'
import { zipFiles } from '../../core/export/zipFiles'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { safeFileNames } from '../../core/foundation/fileNames'
import type { JobContext } from '../../core/foundation/job'
import { maskFromProbability } from '../../core/masks/probability'
import { bytesInput } from '../../core/raster/inputFile'
import {
  countStates,
  type MaskProvenance,
  maskProvenance,
  type OriginStep,
  recordedOrigin,
} from '../../core/review/provenance'
import type { PatchRecord } from '../../core/review/records'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import type { ProjectStore } from '../../storage/projectStore'
import type { FilesApi } from '../protocol'

type Export = FilesApi['exportMasks']['result']

/**
 * Masks, and probabilities if asked for, as cloud-optimised GeoTIFF: one file as it is, several in a zip.
 *
 * @throws AppError `export-failed` if no patch has a mask, `aborted`
 */
export async function exportMasks(
  store: ProjectStore,
  { patchIds, threshold, includeProbability }: FilesApi['exportMasks']['request'],
  context: JobContext,
): Promise<Export> {
  const { masks, missing } = await collect(store, patchIds, threshold, context)
  const rounds = await store.rounds()
  const names = safeFileNames(masks.map(({ record }) => record.name))
  const files: { name: string; bytes: Uint8Array<ArrayBuffer> }[] = []
  for (const [index, { record, mask, probability, valid, provenance }] of masks.entries()) {
    throwIfAborted(context.signal)
    const name = names[index]!
    const { width, height, georeference } = record
    const common = { width, height, georeference, name }
    const patch = { SCARP_PATCH: record.id }
    const metadata = { ...patch, ...maskTags(provenance, rounds) }
    files.push({ name: `${name}_mask.tif`, bytes: await writeMaskGeotiff({ ...common, mask, metadata }) })
    if (includeProbability && probability) {
      const metadata = { ...patch, ...probabilityTags(recordedOrigin(record), rounds) }
      const bytes = await writeProbabilityGeotiff({ ...common, probability, valid, metadata })
      files.push({ name: `${name}_prob.tif`, bytes })
    }
    context.onProgress?.({ label: `Writing ${name}`, done: index + 1, total: masks.length })
  }
  const notes = exportNotes(masks, missing)
  const place = placeNote(masks)
  if (place) notes.push(place)
  const only = files.length === 1 ? files[0]! : null
  if (only) return { fileName: only.name, blob: new Blob([only.bytes], { type: 'image/tiff' }), notes }
  return { fileName: 'landslide-masks.zip', blob: await zipFiles(files), notes }
}

/**
 * The competition's zip.
 *
 * @throws AppError `export-failed` if no patch has a mask, `shape-mismatch` and `bad-argument` for patches that the
 *   competition does not take, `aborted`
 */
export async function exportSubmission(
  store: ProjectStore,
  { patchIds, threshold }: FilesApi['exportSubmission']['request'],
  context: JobContext,
): Promise<Export> {
  const { masks, missing } = await collect(store, patchIds, threshold, context)
  const bytes = await writeSubmissionZip(
    masks.map(({ record, mask }) => ({
      name: record.name,
      mask,
      width: record.width,
      height: record.height,
    })),
  )
  const blob = new Blob([bytes], { type: 'application/zip' })
  const checked = await checkedNote(bytes, masks)
  return { fileName: 'submission.zip', blob, notes: [checked, ...exportNotes(masks, missing)] }
}

/**
 * What a judge would find in the zip just made.
 *
 * @throws AppError `export-failed` where anything is wrong: such a file is not handed out.
 */
async function checkedNote(bytes: Uint8Array<ArrayBuffer>, masks: readonly ExportedMask[]): Promise<string> {
  const numbers = masks.map(({ record }) => Number(/(\d+)$/.exec(record.name)?.[1]))
  const report = await validateSubmission(bytesInput('submission.zip', bytes), { numbers })
  if (report.problems.length > 0) {
    throw new AppError('export-failed', `The zip would not be accepted: ${report.problems.join(' ')}`)
  }
  const count = report.masks === 1 ? '1 mask' : `${report.masks} masks`
  return `Checked: ${count} of 128 x 128, uint8 0 and 1, ${report.landslidePixels.toLocaleString('en')} landslide pixels.`
}

async function collect(
  store: ProjectStore,
  patchIds: readonly string[],
  threshold: number,
  { signal, onProgress }: JobContext,
): Promise<{ masks: ExportedMask[]; missing: string[] }> {
  const wanted = new Set(patchIds)
  const records = (await store.patches()).filter(record => wanted.has(record.id))
  const steps = new Map(patchIds.map(id => [id, [] as OriginStep[]]))
  for (const step of await store.history()) steps.get(step.patchId)?.push(step)
  const masks: ExportedMask[] = []
  const missing: string[] = []
  for (const [index, record] of records.entries()) {
    throwIfAborted(signal)
    const found = await exportedMask(store, record, steps.get(record.id) ?? [], threshold)
    if (found) masks.push(found)
    else missing.push(record.name)
    onProgress?.({ label: `Reading ${record.name}`, done: index + 1, total: records.length })
  }
  if (masks.length === 0) {
    throw new AppError('export-failed', 'None of these patches has a mask yet: run the ensemble first.')
  }
  return { masks, missing }
}

interface ExportedMask {
  record: PatchRecord
  /** [height, width] of 0, 1, 255: what was painted or judged, else the ensemble at the threshold. */
  mask: Uint8Array
  /** [height, width] 0..1 as it is stored now, null where the ensemble was not run. */
  probability: Float32Array | null
  valid: Uint8Array | null
  provenance: MaskProvenance
}

/** What an export holds for a patch; null where it has neither a mask nor a probability. */
async function exportedMask(
  store: ProjectStore,
  record: PatchRecord,
  steps: readonly OriginStep[],
  threshold: number,
): Promise<ExportedMask | null> {
  const provenance = maskProvenance(record, steps, threshold)
  const probability = await store.readProbability(record.id, ENSEMBLE)
  const { valid } = await store.readPixels(record.id)
  // A mask on disk that was painted and undone again is that of another threshold: the history says whose it is.
  const stored = provenance.state === 'predicted' ? null : await store.readMask(record.id)
  const mask = stored ?? (probability && maskFromProbability(probability, threshold, valid))
  return mask && { record, mask, probability, valid, provenance }
}

const NAMES_SHOWN = 3

/** "image_1, image_2, image_3 and 4 more". */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(', ')
  return names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} more` : shown
}

/** What a person should know of an export: where its masks come from, what was left out. */
function exportNotes(masks: readonly ExportedMask[], missing: readonly string[]): string[] {
  const notes = [`Masks: ${countStates(masks.map(({ provenance }) => provenance.state))}.`]
  if (missing.length > 0)
    notes.push(`Left out, since the ensemble was not run on them: ${listNames(missing)}.`)
  return notes
}

/** The honest word on rasters that no map can place; null where all have a CRS. */
function placeNote(masks: readonly ExportedMask[]): string | null {
  const nowhere = masks.filter(({ record }) => {
    const { crs, geoKeys } = record.georeference ?? {}
    return !crs && !geoKeys
  })
  if (nowhere.length === 0) return null
  const names = listNames(nowhere.map(({ record }) => record.name))
  return `No CRS: the source of ${names} has none, so these files open in pixel coordinates.`
}
