import { validateSubmission } from '../../core/export/validateSubmission'
import { writeMaskGeotiff } from '../../core/export/writeMaskGeotiff'
import { writeProbabilityGeotiff } from '../../core/export/writeProbabilityGeotiff'
import { writeSubmissionZip } from '../../core/export/writeSubmissionZip'
import { zipFiles } from '../../core/export/zipFiles'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/progress'
import { bytesInput } from '../../core/raster/bytesInput'
import type { ProjectStore } from '../../storage/projectStore'
import type { FilesApi } from '../protocol'
import { type ExportedMask, exportedMask } from './exportedMask'
import { exportNotes, placeNote } from './exportNotes'
import { uniqueNames } from './uniqueNames'

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
  const provenance = await provenanceOf(store)
  const names = uniqueNames(masks.map(({ record }) => record.name))
  const files: { name: string; bytes: Uint8Array<ArrayBuffer> }[] = []
  for (const [index, { record, mask, probability, valid, origin }] of masks.entries()) {
    throwIfAborted(context.signal)
    const name = names[index]!
    const { width, height, georeference } = record
    const common = { width, height, georeference, name }
    const metadata = {
      ...provenance,
      SCARP_PATCH: record.id,
      SCARP_MODELS: record.predictedBy?.join(' ') ?? 'unknown',
      SCARP_MASK: origin === 'reviewed' ? 'reviewed by an analyst' : `ensemble at threshold ${threshold}`,
    }
    files.push({ name: `${name}_mask.tif`, bytes: await writeMaskGeotiff({ ...common, mask, metadata }) })
    if (includeProbability && probability) {
      const bytes = await writeProbabilityGeotiff({ ...common, probability, valid, metadata })
      files.push({ name: `${name}_prob.tif`, bytes })
    }
    context.onProgress?.({ label: `Writing ${name}`, done: index + 1, total: masks.length })
  }
  const notes = exportNotes(masks, missing, threshold)
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
  return { fileName: 'submission.zip', blob, notes: [checked, ...exportNotes(masks, missing, threshold)] }
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
  const masks: ExportedMask[] = []
  const missing: string[] = []
  for (const [index, record] of records.entries()) {
    throwIfAborted(signal)
    const found = await exportedMask(store, record, threshold)
    if (found) masks.push(found)
    else missing.push(record.name)
    onProgress?.({ label: `Reading ${record.name}`, done: index + 1, total: records.length })
  }
  if (masks.length === 0) {
    throw new AppError('export-failed', 'None of these patches has a mask yet: run the ensemble first.')
  }
  return { masks, missing }
}

async function provenanceOf(store: ProjectStore): Promise<Record<string, string>> {
  const latest = (await store.rounds()).at(-1)
  if (!latest) return { SCARP_ROUND: 'none' }
  return {
    SCARP_ROUND: `${latest.index} (${latest.id})`,
    SCARP_WEIGHTS: latest.networks.map(network => `${network.modelId}=${network.weightsHash}`).join(' '),
  }
}
