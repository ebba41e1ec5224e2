import { AppError } from '../foundation/appError'
import type { RasterSource } from '../raster/rasterSource'
import { BAND_COUNT, SLOPE_BAND } from './bands'
import { describeBandMismatch } from './describeBandMismatch'
import { detectScale, scalePrecision } from './detectScale'
import type { PatchPixels, ValueScale } from './patch'
import { rawFactor } from './rawUnits'
import { validPixels } from './validPixels'

/** Pixels of a 14-band raster in raw units, with what was taken for granted on the way. */
export interface ReadPatch extends PatchPixels {
  scale: ValueScale
  /** One sentence each: the scale and why, pixels without data, values out of range. */
  remarks: string[]
}

/** Pixels of one patch that fit comfortably in a browser's memory: 8 million, 450 MB as float32. */
export const MAX_PATCH_PIXELS = 2 ** 23

/**
 * Reads a raster on the 14-band contract, finds its scale and converts it to raw units.
 *
 * @param scale known scale, or "auto" to detect it.
 * @throws AppError `bands-mismatch`, `scale-unknown`, `file-too-large`, and what the raster's `read` throws.
 */
export async function readPatchPixels(
  raster: RasterSource,
  scale: ValueScale | 'auto' = 'auto',
  signal?: AbortSignal,
): Promise<ReadPatch> {
  const { width, height } = raster
  if (raster.bandCount !== BAND_COUNT) {
    throw new AppError('bands-mismatch', `"${raster.path}": ${describeBandMismatch(raster.bandCount)}`)
  }
  const area = width * height
  if (area > MAX_PATCH_PIXELS) {
    throw new AppError(
      'file-too-large',
      `"${raster.path}" has ${width} x ${height} pixels; cut it into scenes of at most ${MAX_PATCH_PIXELS} ` +
        'pixels, for example with gdal_retile.py.',
    )
  }
  const planes = await raster.read({ signal })
  const valid = validPixels(planes, area, raster.nodata)
  const detected = detectScale(planes, valid, scalePrecision(raster.dtype))
  const taken = scale === 'auto' ? detected.scale : scale
  if (taken === null) {
    throw new AppError(
      'scale-unknown',
      `"${raster.path}": the scale of its values is unclear (${detected.why}). Say which it is: Landslide4Sense, ` +
        'reflectance x 10000, x 1000 or 0..1.',
    )
  }
  const data = new Float32Array(BAND_COUNT * area)
  for (let band = 0; band < BAND_COUNT; band++) {
    const plane = planes[band]!
    const factor = rawFactor(taken, band)
    const begin = band * area
    for (let pixel = 0; pixel < area; pixel++) {
      // Products in float64: a stored float64 comes back as the very integer it was made from.
      data[begin + pixel] = valid && valid[pixel] === 0 ? 0 : plane[pixel]! * factor
    }
  }
  const remarks = [remarkOnScale(scale, taken, detected)]
  if (valid) {
    const missing = valid.reduce((count, flag) => count + (flag === 0 ? 1 : 0), 0)
    remarks.push(`${missing} of ${area} pixels have no data.`)
  }
  remarks.push(...remarksOnValues(data, valid, area))
  return { data, valid, width, height, scale: taken, remarks }
}

function remarkOnScale(
  asked: ValueScale | 'auto',
  taken: ValueScale,
  detected: { scale: ValueScale | null; why: string },
): string {
  const name = {
    l4s: 'Landslide4Sense stored values',
    raw: 'raw values (reflectance x 10000)',
    reflectance: 'reflectance 0..1',
    x1000: 'reflectance x 1000',
  }
  if (asked === 'auto') return `Taken as ${name[taken]}: ${detected.why}.`
  const doubt =
    detected.scale !== null && detected.scale !== taken
      ? `, though it looks like ${name[detected.scale]}`
      : ''
  return `Taken as ${name[taken]} as asked${doubt}.`
}

const CIRRUS_BAND = 9
const BASELINE_OFFSET = 1000

function remarksOnValues(data: Float32Array, valid: Uint8Array | null, area: number): string[] {
  const remarks: string[] = []
  const lowest = (band: number) => {
    let low = Number.POSITIVE_INFINITY
    for (let pixel = 0; pixel < area; pixel++) {
      if (valid?.[pixel] !== 0) low = Math.min(low, data[band * area + pixel]!)
    }
    return low
  }
  if (Number.isFinite(lowest(CIRRUS_BAND)) && lowest(CIRRUS_BAND) >= 0.9 * BASELINE_OFFSET) {
    remarks.push(
      'B10 never falls below 900: the product seems to carry the offset of 1000 that Sentinel-2 adds since ' +
        'processing baseline 04.00. Subtract it before use.',
    )
  }
  let steepest = 0
  for (let pixel = 0; pixel < area; pixel++) {
    if (valid?.[pixel] !== 0) steepest = Math.max(steepest, data[SLOPE_BAND * area + pixel]!)
  }
  if (steepest > 91 || lowest(SLOPE_BAND) < -1) {
    remarks.push('Band 13 leaves 0 to 90: it may not be slope in degrees. Check the band order.')
  }
  return remarks
}
