import { AppError, throwIfAborted, toAppError } from '../foundation/appError'
import type { JobContext } from '../foundation/job'
import { LANDSLIDE } from '../patches/patch'
import { hdf5Package, withHdf5File } from '../raster/hdf5/hdf5Library'
import type { InputFile } from '../raster/inputFile'
import { readZipDirectory, readZipMember, type ZipMember } from '../raster/zipArchive'
import { clearHdf5Times } from './hdf5Times'
import { zipFiles } from './zipFiles'

/** Counts files in the library's own memory, so that two writers never share a name. */
let written = 0

/**
 * An HDF5 file with one dataset at its root, as Landslide4Sense has them, without a time in it. The library (four megabytes) is loaded on
 * the first call.
 *
 * @param dtype h5wasm's: "<B" uint8, "<d" float64
 */
export async function oneDatasetHdf5(
  name: string,
  data: Uint8Array | Float64Array,
  shape: number[],
  dtype: '<B' | '<d',
): Promise<Uint8Array<ArrayBuffer>> {
  const hdf5 = await hdf5Package()
  const { FS } = await hdf5.ready
  const path = `written-${written++}.h5`
  const file = new hdf5.File(path, 'w')
  try {
    file.create_dataset({ name, data, shape, dtype })
  } finally {
    file.close()
  }
  try {
    const bytes = new Uint8Array(FS.readFile(path))
    clearHdf5Times(bytes)
    return bytes
  } finally {
    FS.unlink(path)
  }
}

/** Landslide4Sense's patch size, pixels. */
const SIDE = 128

export interface SubmissionMask {
  /** The patch's name, "image_37": its number names the entry. */
  name: string
  /** [128, 128] of 0, 1, 255; ignored pixels are submitted as background. */
  mask: Uint8Array
  width: number
  height: number
}

/**
 * The competition's zip: `mask_N.h5` at its root, dataset `mask`, uint8 0/1, 128 x 128.
 *
 * @throws AppError `shape-mismatch` for another size, `bad-argument` for nothing, for a name without number, for
 *   two of one number: nothing is written then.
 */
export async function writeSubmissionZip(masks: readonly SubmissionMask[]): Promise<Uint8Array<ArrayBuffer>> {
  const names = submissionEntries(masks)
  const files: { name: string; bytes: Uint8Array<ArrayBuffer> }[] = []
  for (const [index, { mask }] of masks.entries()) {
    files.push({ name: names[index]!, bytes: await submissionMask(mask) })
  }
  return new Uint8Array(await (await zipFiles(files)).arrayBuffer())
}

/**
 * Names of a submission's entries, one for each patch.
 *
 * @throws AppError as `writeSubmissionZip`.
 */
export function submissionEntries(
  patches: readonly Pick<SubmissionMask, 'name' | 'width' | 'height'>[],
): string[] {
  if (patches.length === 0) {
    throw new AppError('bad-argument', 'There is no mask to submit: predict or review some patches first.')
  }
  const seen = new Map<string, string>()
  return patches.map(({ name, width, height }) => {
    if (width !== SIDE || height !== SIDE) {
      throw new AppError(
        'shape-mismatch',
        `${name} is ${width} x ${height}; the competition takes ${SIDE} x ${SIDE} patches only. Leave it out, or export it as GeoTIFF.`,
      )
    }
    const number = /^(?:image|mask)_(\d+)$/.exec(name)?.[1]
    if (number === undefined) {
      throw new AppError(
        'bad-argument',
        `${name} carries no patch number; the competition's files are named image_1, image_2 and so on.`,
      )
    }
    const entry = `mask_${Number(number)}.h5`
    const other = seen.get(entry)
    if (other !== undefined) {
      throw new AppError(
        'bad-argument',
        `${other} and ${name} would both become ${entry}: submit the patches of one split only.`,
      )
    }
    seen.set(entry, name)
    return entry
  })
}

/** A submission's entry: dataset `mask`, uint8 0/1, from a mask of [128, 128]. */
export function submissionMask(mask: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (mask.length !== SIDE * SIDE) throw new RangeError(`A mask of ${mask.length} pixels is not 128 x 128.`)
  const data = mask.map(value => (value === LANDSLIDE ? 1 : 0))
  return oneDatasetHdf5(DATASET, data, [SIDE, SIDE], '<B')
}

/** The dataset that holds a mask. */
const DATASET = 'mask'

const INTEGER = 0

const MOST_MEMBERS = 100_000

/** A mask of 128 x 128 takes 18 kB; nothing near this is one. */
const MOST_BYTES = 4 * 2 ** 20

/** Missing or extra numbers named one by one. */
const NAMED = 12

export interface SubmissionReport {
  /** Masks that are as the competition takes them. */
  masks: number
  /** Landslide pixels in them. */
  landslidePixels: number
  /** What is wrong, a sentence each; empty: it may be submitted. */
  problems: string[]
}

export interface SubmissionExpectation {
  /** Numbers that have to be there, and no others; absent: any. */
  numbers?: readonly number[]
}

/**
 * Reads a competition zip as a judge would: `mask_N.h5` at the root and nothing else, each with a dataset `mask` of
 * uint8, 128 x 128, holding 0 and 1 only, each number once. One mask is in memory at a time.
 *
 * @throws AppError `file-malformed` for what is no zip, `file-too-large`, `aborted`.
 */
export async function validateSubmission(
  zip: InputFile,
  { numbers }: SubmissionExpectation = {},
  { signal, onProgress }: JobContext = {},
): Promise<SubmissionReport> {
  const members = (await readZipDirectory(zip, MOST_MEMBERS)).filter(({ name }) => !name.endsWith('/'))
  const report: SubmissionReport = { masks: 0, landslidePixels: 0, problems: [] }
  const seen = new Set<number>()
  for (const [index, member] of members.entries()) {
    throwIfAborted(signal)
    const number = numberOf(member.name)
    if (number === null) {
      report.problems.push(nameProblem(member.name))
      continue
    }
    if (seen.has(number)) report.problems.push(`${member.name} is there twice.`)
    seen.add(number)
    const found = await checkMask(zip, member)
    if ('problem' in found) report.problems.push(found.problem)
    else {
      report.masks++
      report.landslidePixels += found.landslide
    }
    onProgress?.({ label: `Checking ${member.name}`, done: index + 1, total: members.length })
  }
  if (members.length === 0) report.problems.push('The archive is empty.')
  if (numbers) report.problems.push(...numberProblems(seen, numbers))
  return report
}

/** "mask_37.h5" -> 37; null for any other name, folders and leading zeros included. */
function numberOf(name: string): number | null {
  const digits = /^mask_(0|[1-9]\d*)\.h5$/.exec(name)?.[1]
  return digits === undefined ? null : Number(digits)
}

function nameProblem(name: string): string {
  if (/(^|\/)mask_\d+\.h5$/.test(name) && name.includes('/')) {
    return `${name} is in a folder: masks belong at the root of the archive.`
  }
  return `${name} is not named mask_N.h5.`
}

async function checkMask(
  zip: InputFile,
  member: ZipMember,
): Promise<{ landslide: number } | { problem: string }> {
  const { name } = member
  if (member.bytes > MOST_BYTES)
    return { problem: `${name} holds ${member.bytes} bytes, far more than a mask.` }
  try {
    const bytes = await readZipMember(zip, member, name)
    return await withHdf5File(name, bytes, file => {
      const info = file.names().includes(DATASET) ? file.dataset(DATASET) : null
      if (!info) return { problem: `${name} holds no dataset "${DATASET}".` }
      const shape = info.shape?.join(' x ') ?? 'nothing'
      if (shape !== `${SIDE} x ${SIDE}`) return { problem: `${name} is ${shape}, not ${SIDE} x ${SIDE}.` }
      if (info.type !== INTEGER || info.size !== 1 || info.signed || info.vlen) {
        return { problem: `${name} is not uint8.` }
      }
      const values = file.bytes(DATASET)
      const other = values.find(value => value > 1)
      if (other !== undefined) return { problem: `${name} holds ${other}: only 0 and 1 may be there.` }
      return { landslide: values.reduce((sum, value) => sum + value, 0) }
    })
  } catch (thrown) {
    const error = toAppError(thrown, 'file-malformed')
    if (error.code === 'aborted') throw error
    return { problem: `${name} cannot be read: ${error.message}` }
  }
}

function numberProblems(seen: ReadonlySet<number>, wanted: readonly number[]): string[] {
  const expected = new Set(wanted)
  const missing = [...expected].filter(number => !seen.has(number))
  const extra = [...seen].filter(number => !expected.has(number))
  const problems: string[] = []
  if (missing.length > 0)
    problems.push(`${missing.length} of ${expected.size} masks are missing: ${named(missing)}.`)
  if (extra.length > 0) problems.push(`${extra.length} masks were not asked for: ${named(extra)}.`)
  return problems
}

function named(numbers: number[]): string {
  const sorted = numbers.sort((a, b) => a - b)
  const listed = sorted.slice(0, NAMED).join(', ')
  return sorted.length > NAMED ? `${listed} and ${sorted.length - NAMED} more` : listed
}

/**
 * "1-800" or "1-245,300,302-310" as numbers.
 *
 * @throws AppError `bad-argument` for anything else.
 */
export function parseNumbers(text: string): number[] {
  return text.split(',').flatMap(part => {
    const match = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(part)
    const first = Number(match?.[1])
    const last = match?.[2] === undefined ? first : Number(match[2])
    if (!match || last < first || last - first >= MOST_MEMBERS) {
      throw new AppError('bad-argument', `"${text}" is no list of numbers: write 1-800, or 1-245,300.`)
    }
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}
