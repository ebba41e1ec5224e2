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
  if (masks.length === 0) {
    throw new AppError('bad-argument', 'There is no mask to submit: predict or review some patches first.')
  }
  const names = entryNames(masks)
  const files: { name: string; bytes: Uint8Array<ArrayBuffer> }[] = []
  for (const [index, { mask }] of masks.entries()) {
    const data = mask.map(value => (value === LANDSLIDE ? 1 : 0))
    files.push({ name: names[index]!, bytes: await oneDatasetHdf5('mask', data, [SIDE, SIDE], '<B') })
  }
  return new Uint8Array(await (await zipFiles(files)).arrayBuffer())
}

function entryNames(masks: readonly SubmissionMask[]): string[] {
  const seen = new Map<string, string>()
  return masks.map(({ name, mask, width, height }) => {
    if (width !== SIDE || height !== SIDE || mask.length !== SIDE * SIDE) {
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
