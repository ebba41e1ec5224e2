import { BANDS, DEM_BAND, SLOPE_BAND } from '../patches/bands'

/** Pixels that a band's deviation is taken from: enough to two digits, and soon done on a scene. */
const SAMPLED = 20_000

/** A pixel that others are compared with. */
export interface SpectralReference {
  /** null: it holds no data. */
  bands: { band: number; value: number; deviation: number }[] | null
}

/**
 * @param data [bands, height, width] raw units of `BANDS`: bands that do not vary over this raster say nothing
 * @param area height x width, pixels.
 * @param valid [height, width], 0 where there is no data; null: everywhere there is.
 * @param first row-major index of the pixel
 */
export function spectralReference(
  data: Float32Array,
  area: number,
  valid: Uint8Array | null,
  first: number,
): SpectralReference {
  if (valid?.[first] === 0) return { bands: null }
  const bands: { band: number; value: number; deviation: number }[] = []
  for (let band = 0; band < BANDS.length; band++) {
    if (band === SLOPE_BAND || band === DEM_BAND) continue
    const plane = data.subarray(band * area, (band + 1) * area)
    const deviation = deviationOf(plane, valid)
    if (deviation > 0) bands.push({ band, value: plane[first]!, deviation })
  }
  return { bands }
}

/**
 * How unlike a raster's pixels are to one, of the same raster or another: the root mean square, over the spectral bands,
 * of the difference in units of the band's standard deviation over the raster of that one.
 *
 * @param data [bands, height, width] raw units of `BANDS`.
 * @param area height x width, pixels.
 * @param valid [height, width], 0 where there is no data; null: everywhere there is.
 * @returns by row-major index 0 and up; NaN where either pixel holds no data.
 */
export function spectralDistance(
  { bands }: SpectralReference,
  data: Float32Array,
  area: number,
  valid: Uint8Array | null,
): (index: number) => number {
  if (!bands) return () => Number.NaN
  return index => {
    if (valid?.[index] === 0) return Number.NaN
    let sum = 0
    for (const { band, value, deviation } of bands) {
      const difference = (data[band * area + index]! - value) / deviation
      sum += difference * difference
    }
    return Math.sqrt(sum / Math.max(1, bands.length))
  }
}

function deviationOf(plane: Float32Array, valid: Uint8Array | null): number {
  const step = Math.max(1, Math.floor(plane.length / SAMPLED))
  let [count, mean, squares] = [0, 0, 0]
  for (let index = 0; index < plane.length; index += step) {
    if (valid?.[index] === 0) continue
    const difference = plane[index]! - mean
    mean += difference / ++count
    squares += difference * (plane[index]! - mean)
  }
  return count > 0 ? Math.sqrt(squares / count) : 0
}
