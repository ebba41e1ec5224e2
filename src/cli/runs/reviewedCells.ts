import { AppError } from '../../core/foundation/appError'
import { fingerprintOf } from '../../core/foundation/sha256'
import { plural } from '../../core/foundation/text'
import { recoverMask } from '../../core/masks/maskDiff'
import { maskFromProbability } from '../../core/masks/probability'
import { readArchivedRecords } from '../../core/project/archivedRecords'
import { type OpenArchive, openArchive } from '../../core/project/openArchive'
import type { ProjectRecords } from '../../core/project/projectRecords'
import { readMaskFile, readPixelFile } from '../../core/project/rasterFiles'
import type { PatchRecord } from '../../core/review/records'
import { currentVerdicts, makesLabel, maskHash, type Verdict } from '../../core/review/verdict'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import type { CommandIo } from '../node/commandIo'
import { nodeInput } from '../node/nodeFiles'
import { cellKey } from './chooseCells'
import { eventOf, type Run } from './manifest'

/** What an analyst said of a piece of a run's results. */
export interface ReviewedCell {
  verdict: Verdict
  /** [height, width] of 0, 1, 255, the mask that was judged; null: the verdict makes no label. */
  mask: Uint8Array | null
}

export interface ReviewedCells {
  /** By `cellKey`. */
  cells: ReadonlyMap<string, ReviewedCell>
  /** SHA-256 (hex) of what they say. */
  digest: string
}

/**
 * Reads the verdicts of a project archive that was drawn from this run, or from another round of it. Each mask is the one that
 * was judged, by its hash; a verdict whose mask cannot be found is left out, and said.
 *
 * @throws AppError `bad-argument` where the archive was not drawn from this run, `file-malformed` and the like as `openArchive`
 */
export async function readReviewedCells(run: Run, path: string, io: CommandIo): Promise<ReviewedCells> {
  const file = await nodeInput(path)
  const archive = await openArchive(file)
  if (!archive) {
    throw new AppError(
      'bad-argument',
      `"${path}" is no project archive: save one in the studio, Save archive.`,
    )
  }
  const { records, notes } = await readArchivedRecords(path, archive)
  for (const note of notes) io.note(`${path}: ${note}`)
  const event = eventOf(run)
  const drawn = records.patches.filter(patch => patch.drawn?.event === event)
  if (drawn.length === 0) {
    const other = records.patches.some(patch => patch.drawn)
    throw new AppError(
      'bad-argument',
      other
        ? `"${path}" was drawn from another run, of other inputs: give the archive that scarp archive --run made of this one.`
        : `"${path}" holds no piece of a run: scarp archive --run ${run.folder} makes an archive to review.`,
    )
  }
  const verdicts = currentVerdicts(records.history)
  const patches = new Map(drawn.map(patch => [patch.id, patch]))
  const strangers = Object.keys(verdicts).filter(id => !patches.has(id)).length
  if (strangers > 0)
    io.note(`${plural(strangers, 'verdict')} left out: of patches that are no piece of this run.`)
  const cells = new Map<string, ReviewedCell>()
  const said: unknown[] = []
  for (const patch of drawn) {
    const verdict = verdicts[patch.id]
    if (!verdict || patch.removed) continue
    const { input, index, window } = patch.drawn!
    const mask = makesLabel(verdict) ? await judgedMask(archive, records, patch, verdict) : null
    if (makesLabel(verdict) && !mask) {
      io.note(`The verdict on ${patch.name} is left out: the mask that was judged is not in "${path}".`)
      continue
    }
    const key = cellKey(input, index, window)
    cells.set(key, { verdict, mask })
    said.push([key, verdict.id, verdict.kind, verdict.maskHash])
  }
  io.note(`${plural(cells.size, 'verdict')} of ${plural(drawn.length, 'piece')} in "${path}".`)
  return { cells, digest: await fingerprintOf(said) }
}

/** The mask that a verdict is of: as stored, else the prediction cut at the verdict's threshold; null: neither is it. */
async function judgedMask(
  archive: OpenArchive,
  { history }: ProjectRecords,
  patch: PatchRecord,
  verdict: Verdict,
): Promise<Uint8Array | null> {
  const { id, width, height } = patch
  const area = width * height
  const names = new Set(archive.manifest.entries.map(({ name }) => name))
  const read = async (...parts: string[]) => {
    const name = ['files', ...parts.map(encodeURIComponent)].join('/')
    return names.has(name) ? archive.read(name) : null
  }
  const isJudged = async (mask: Uint8Array) => (await maskHash(mask)) === verdict.maskHash
  const stored = await read('masks', id)
  if (stored) {
    const { mask, through } = readMaskFile(id, stored, area)
    const steps = history.filter(({ patchId }) => patchId === id)
    const shown = through === null ? mask : recoverMask(mask, through, steps)
    if (await isJudged(shown)) return shown
  }
  const [pixels, bytes] = [await read('pixels', id), await read('probabilities', id, ENSEMBLE)]
  if (!pixels || bytes?.length !== area * Float32Array.BYTES_PER_ELEMENT) return null
  const { valid } = await readPixelFile(new Blob([pixels as Uint8Array<ArrayBuffer>]), width, height)
  const probability = new Float32Array(bytes.slice().buffer)
  const cut = maskFromProbability(probability, verdict.threshold, valid)
  return (await isJudged(cut)) ? cut : null
}
