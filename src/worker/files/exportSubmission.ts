import { validateSubmission, writeSubmissionZip } from '../../core/export/competitionZip'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/job'
import { listNames } from '../../core/foundation/text'
import type { ProjectReader } from '../../core/project/projectReader'
import { bytesInput } from '../../core/raster/inputFile'
import { type AskedMask, askedMasks, missingNote, readAskedMask } from '../../core/results/exportedMask'
import { countStates } from '../../core/review/provenance'
import type { FilesApi } from '../protocol'

/**
 * The competition's zip.
 *
 * @throws AppError `export-failed` if no patch has a mask, `shape-mismatch` and `bad-argument` for patches that the
 *   competition does not take, `aborted`
 */
export async function exportSubmission(
  store: ProjectReader,
  { patchIds, threshold }: FilesApi['exportSubmission']['request'],
  { signal, onProgress }: JobContext,
): Promise<FilesApi['exportSubmission']['result']> {
  const asked = await askedMasks(store, patchIds, threshold)
  await refuseCells(store, asked)
  const masks: { name: string; mask: Uint8Array; width: number; height: number }[] = []
  const states: AskedMask['provenance']['state'][] = []
  const missing: string[] = []
  for (const [index, one] of asked.entries()) {
    throwIfAborted(signal)
    const { id, name, width, height } = one.record
    const { valid } = await store.readPixels(id)
    const mask = await readAskedMask(store, one, threshold, valid)
    if (mask) {
      masks.push({ name, mask, width, height })
      states.push(one.provenance.state)
    } else missing.push(name)
    onProgress?.({ label: `Reading ${name}`, done: index + 1, total: asked.length })
  }
  if (masks.length === 0) {
    throw new AppError('export-failed', 'None of these patches has a mask yet: run the ensemble first.')
  }
  const bytes = await writeSubmissionZip(masks)
  const blob = new Blob([bytes], { type: 'application/zip' })
  const notes = [await checkedNote(bytes, masks), `Masks: ${countStates(states)}.`]
  if (missing.length > 0) notes.push(missingNote(missing))
  return { fileName: 'submission.zip', blob, notes }
}

/** @throws AppError `bad-argument` where cells of scenes are among what was asked for. */
async function refuseCells(store: Pick<ProjectReader, 'scenes'>, asked: readonly AskedMask[]): Promise<void> {
  const ids = new Set(asked.flatMap(({ record }) => record.cell?.sceneId ?? []))
  if (ids.size === 0) return
  const names = (await store.scenes()).filter(({ id }) => ids.has(id)).map(({ name }) => name)
  throw new AppError(
    'bad-argument',
    `The competition takes patches, not scenes. Leave out ${listNames(names)}, or export as GeoTIFF.`,
  )
}

/**
 * What a judge would find in the zip just made.
 *
 * @throws AppError `export-failed` where anything is wrong: such a file is not handed out.
 */
async function checkedNote(
  bytes: Uint8Array<ArrayBuffer>,
  masks: readonly { name: string }[],
): Promise<string> {
  const numbers = masks.map(({ name }) => Number(/(\d+)$/.exec(name)?.[1]))
  const report = await validateSubmission(bytesInput('submission.zip', bytes), { numbers })
  if (report.problems.length > 0) {
    throw new AppError('export-failed', `The zip would not be accepted: ${report.problems.join(' ')}`)
  }
  const count = report.masks === 1 ? '1 mask' : `${report.masks} masks`
  return `Checked: ${count} of 128 x 128, uint8 0 and 1, ${report.landslidePixels.toLocaleString('en')} landslide pixels.`
}
