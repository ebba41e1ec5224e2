import { AppError } from '../foundation/appError'
import { BACKGROUND, IGNORE, LANDSLIDE } from '../patches/patch'

/** Pixels of a judged mask against the networks': with the judged mask as truth these are TP, FN and FP. */
export interface MaskAgreement {
  /** Landslide in both. */
  kept: number
  /** Landslide that only the analyst saw. */
  added: number
  /** Landslide of the networks that the analyst took away. */
  removed: number
  /** Pixels compared: ignored in neither. */
  pixels: number
}

/**
 * @param networks [height, width] of 0, 1, 255: the networks' mask at the threshold of the verdict
 * @param judged [height, width] of 0, 1, 255
 * @throws AppError `shape-mismatch` if the two differ in size.
 */
export function maskAgreement(networks: Uint8Array, judged: Uint8Array): MaskAgreement {
  requireOneRaster(networks, judged)
  const counts = { kept: 0, added: 0, removed: 0, pixels: 0 }
  for (let index = 0; index < judged.length; index++) {
    const before = networks[index]!
    const after = judged[index]!
    if (before === IGNORE || after === IGNORE) continue
    counts.pixels++
    if (after === LANDSLIDE) counts[before === LANDSLIDE ? 'kept' : 'added']++
    else if (before === LANDSLIDE) counts.removed++
  }
  return counts
}

/** Background before, landslide after. */
export const GAINED = 1

/** Landslide before, background after. */
export const LOST = 2

/** One of the masks does not judge the pixel (255): no data, or ignored. */
export const NO_DATA = IGNORE

/**
 * What became of each pixel between two masks: of two rounds, or a round's and the one that an analyst judged.
 *
 * @param before [height, width] of 0, 1, 255
 * @param after as `before`
 * @returns [height, width] of 0 where both say the same, GAINED 1, LOST 2, NO_DATA 255
 * @throws AppError `shape-mismatch` if the masks differ in size.
 */
export function maskDifference(before: Uint8Array, after: Uint8Array): Uint8Array<ArrayBuffer> {
  requireOneRaster(before, after)
  const difference = new Uint8Array(before.length)
  for (let index = 0; index < difference.length; index++) {
    const from = before[index]!
    const to = after[index]!
    if (from === IGNORE || to === IGNORE) difference[index] = NO_DATA
    else if (from === BACKGROUND && to === LANDSLIDE) difference[index] = GAINED
    else if (from === LANDSLIDE && to === BACKGROUND) difference[index] = LOST
  }
  return difference
}

export interface DifferenceCounts {
  /** Landslide in the later mask alone: what an analyst added to a round's map. */
  gained: number
  /** Landslide in the earlier mask alone: what an analyst removed. */
  lost: number
  /** Pixels that both masks judge. */
  compared: number
}

/** @param difference as `maskDifference` gives it. */
export function countDifference(difference: Uint8Array): DifferenceCounts {
  let gained = 0
  let lost = 0
  let compared = 0
  for (const code of difference) {
    if (code === NO_DATA) continue
    compared++
    if (code === GAINED) gained++
    else if (code === LOST) lost++
  }
  return { gained, lost, compared }
}

/** Landslide in both masks: told from background in pictures alone. */
export const KEPT = 3

/** Pixels across and down. */
export interface Grid {
  width: number
  height: number
}

/**
 * What became of a mask, small enough for a picture. Any change under a pixel of the picture is shown, since a small one
 * must not vanish, and of two the larger; else what most of it is.
 *
 * @param before [raster.height, raster.width] of 0, 1, 255
 * @param after as `before`
 * @returns [picture.height, picture.width] of 0 background or no data, GAINED 1, LOST 2, KEPT 3
 * @throws AppError `shape-mismatch` if the masks differ in size.
 */
export function changePicture(
  before: Uint8Array,
  after: Uint8Array,
  raster: Grid,
  picture: Grid,
): Uint8Array<ArrayBuffer> {
  requireOneRaster(before, after)
  const codes = new Uint8Array(picture.width * picture.height)
  for (let y = 0; y < picture.height; y++) {
    const [top, bottom] = boxOf(y, picture.height, raster.height)
    for (let x = 0; x < picture.width; x++) {
      const [left, right] = boxOf(x, picture.width, raster.width)
      let [gained, lost, kept] = [0, 0, 0]
      for (let row = top; row < bottom; row++) {
        for (let index = row * raster.width + left; index < row * raster.width + right; index++) {
          const [from, to] = [before[index]!, after[index]!]
          if (from === IGNORE || to === IGNORE) continue
          if (to === LANDSLIDE) from === LANDSLIDE ? kept++ : gained++
          else if (from === LANDSLIDE) lost++
        }
      }
      if (gained + lost > 0) codes[y * picture.width + x] = gained >= lost ? GAINED : LOST
      else if (2 * kept >= (bottom - top) * (right - left)) codes[y * picture.width + x] = KEPT
    }
  }
  return codes
}

/** The pixels under one of a smaller picture, along one axis: first, and behind the last. At least one. */
export function boxOf(index: number, count: number, length: number): [number, number] {
  const from = Math.floor((index * length) / count)
  return [from, Math.min(length, Math.max(from + 1, Math.ceil(((index + 1) * length) / count)))]
}

/** @throws AppError `shape-mismatch` if the masks differ in size. */
export function requireOneRaster(one: Uint8Array, other: Uint8Array): void {
  if (one.length === other.length) return
  throw new AppError(
    'shape-mismatch',
    `Masks of ${one.length} and ${other.length} pixels cannot be compared: use masks of one raster.`,
  )
}
