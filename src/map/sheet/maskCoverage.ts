import { LANDSLIDE } from '../../core/patches/patch'

/** A box with any landslide is at least this much: a small one must not vanish from a small picture. */
const LEAST_SEEN = 96

/**
 * Share of landslide under each pixel of a smaller picture, 0..255.
 *
 * @param mask [height, width] of 0, 1, 255
 */
export function maskCoverage(
  mask: Uint8Array,
  raster: { width: number; height: number },
  picture: { width: number; height: number },
): Uint8Array {
  const coverage = new Uint8Array(picture.width * picture.height)
  for (let y = 0; y < picture.height; y++) {
    const [top, bottom] = span(y, picture.height, raster.height)
    for (let x = 0; x < picture.width; x++) {
      const [left, right] = span(x, picture.width, raster.width)
      let count = 0
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          if (mask[row * raster.width + column] === LANDSLIDE) count++
        }
      }
      const share = (count * 255) / ((bottom - top) * (right - left))
      if (count > 0) coverage[y * picture.width + x] = Math.max(LEAST_SEEN, Math.round(share))
    }
  }
  return coverage
}

function span(index: number, count: number, length: number): [number, number] {
  const from = Math.floor((index * length) / count)
  return [from, Math.min(length, Math.max(from + 1, Math.ceil(((index + 1) * length) / count)))]
}
