import { AppError } from '../foundation/appError'
import { LANDSLIDE } from '../patches/patch'
import { oneDatasetHdf5 } from './oneDatasetHdf5'
import { zipFiles } from './zipFiles'

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
  return oneDatasetHdf5('mask', data, [SIDE, SIDE], '<B')
}
