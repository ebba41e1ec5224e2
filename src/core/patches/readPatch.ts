import { AppError } from '../foundation/appError'
import type { FileNote } from '../raster/fileNote'
import type { Georeference, RasterSource } from '../raster/rasterSource'
import { BAND_COUNT, BANDS, BASELINE_OFFSET, CIRRUS_BAND, DISPENSABLE, SLOPE_BAND } from './bands'
import {
  BACKGROUND,
  IGNORE,
  LANDSLIDE,
  type PatchPixels,
  SCALE_TITLES,
  VALUE_SCALES,
  type ValueScale,
} from './patch'
import { liesApart } from './sameGrid'
import { detectScale, impossiblePixels, rawFactor, scalePrecision, validPixels } from './valueScale'

/** Pixels of a 14-band raster in raw units, with what was taken for granted on the way. */
interface ReadPatch extends PatchPixels {
  scale: ValueScale
  /** Another scale may be the right one: detection is not sure, or differs from what a person chose. */
  scaleInDoubt: boolean
  /** One sentence each: the scale and why, pixels without data, values out of range. */
  remarks: FileNote[]
}

/** Pixels of one patch that fit comfortably in a browser's memory: 8 million, 450 MB as float32. */
export const MAX_PATCH_PIXELS = 2 ** 23

/**
 * Reads a raster on the 14-band contract, finds its scale and converts it to raw units.
 *
 * @param scale as a person chose it, which overrides what the values look like; "auto" to detect it.
 * @param means [14] raw units, for bands that the file says its product did not have; by default they stay as written.
 * @throws AppError `bands-mismatch`, `scale-unknown`, `file-too-large`, and what the raster's `read` throws.
 */
export async function readPatchPixels(
  raster: RasterSource,
  scale: ValueScale | 'auto' = 'auto',
  signal?: AbortSignal,
  means?: readonly number[],
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
  const measured = validPixels(planes, area, raster.nodata)
  const detected = detectScale(planes, measured, scalePrecision(raster.dtype))
  const taken = scale === 'auto' ? detected.scale : scale
  if (taken === null) {
    throw new AppError(
      'scale-unknown',
      `"${raster.path}": its value scale is unclear (${detected.why}). Choose one: ` +
        `${VALUE_SCALES.map(known => SCALE_TITLES[known]).join(', ')}.`,
    )
  }
  const { data, valid, impossible } = rawPixels(planes, area, taken, measured)
  const synthetic = syntheticBandsOf(raster)
  if (means) fillBands(data, valid, synthetic, means)
  const differs = detected.scale !== null && detected.scale !== taken
  const scaleInDoubt = scale === 'auto' ? detected.doubtful : differs
  const remarks: FileNote[] = [
    {
      reason: scaleInDoubt ? 'scale-in-doubt' : 'value-scale',
      message: remarkOnScale(scale, taken, detected),
    },
  ]
  if (impossible) remarks.push({ reason: 'impossible-values', message: impossible })
  if (measured) {
    const missing = measured.reduce((count, flag) => count + (flag === 0 ? 1 : 0), 0)
    remarks.push({ reason: 'missing-pixels', message: `${missing} of ${area} pixels have no data.` })
  }
  const absent = remarkOnSynthetic(raster)
  if (absent) remarks.push(absent)
  remarks.push(...remarksOnValues(data, valid, area))
  return { data, valid, width, height, scale: taken, scaleInDoubt, remarks }
}

/** Places of the bands that a file says its product did not have; of others than those that a product may lack it is not believed. */
export function syntheticBandsOf({ syntheticBands = [] }: Pick<RasterSource, 'syntheticBands'>): number[] {
  return BANDS.flatMap(({ name }, band) =>
    DISPENSABLE.has(name) && syntheticBands.includes(name) ? [band] : [],
  )
}

/** Says that bands are missing; null where none is. */
export function remarkOnSynthetic(raster: Pick<RasterSource, 'syntheticBands'>): FileNote | null {
  const names = syntheticBandsOf(raster).map(band => BANDS[band]!.name)
  if (names.length === 0) return null
  const [were, them] = names.length === 1 ? ['was', 'it'] : ['were', 'them']
  return {
    reason: 'synthetic-bands',
    message: `${names.join(', ')} ${were} not in the product: the models' mean stands for ${them}.`,
  }
}

/**
 * Gives bands the models' mean at every pixel that holds data.
 *
 * @param data [14, height, width] raw units
 * @param means [14] raw units
 */
export function fillBands(
  data: Float32Array,
  valid: Uint8Array | null,
  bands: readonly number[],
  means: readonly number[],
): void {
  const area = data.length / BAND_COUNT
  for (const band of bands) {
    const plane = data.subarray(band * area, (band + 1) * area)
    for (let i = 0; i < area; i++) if (valid?.[i] !== 0) plane[i] = means[band]!
  }
}

/**
 * Stored values of the 14 bands in raw units. Pixels without data, and those with values that nothing measures, are 0 and
 * not valid.
 *
 * @param planes 14 of `area` stored values
 * @param measured what `validPixels` says of them
 */
export function rawPixels(
  planes: readonly ArrayLike<number>[],
  area: number,
  scale: ValueScale,
  measured: Uint8Array | null,
): { data: Float32Array; valid: Uint8Array | null; impossible: string | null } {
  const data = new Float32Array(BAND_COUNT * area)
  for (let band = 0; band < BAND_COUNT; band++) {
    const plane = planes[band]!
    const factor = rawFactor(scale, band)
    const begin = band * area
    for (let pixel = 0; pixel < area; pixel++) {
      // Products in float64: a stored float64 comes back as the very integer it was made from.
      data[begin + pixel] = measured && measured[pixel] === 0 ? 0 : plane[pixel]! * factor
    }
  }
  const impossible = impossiblePixels(data, measured, area)
  if (!impossible) return { data, valid: measured, impossible: null }
  for (let i = 0; i < data.length; i++) if (impossible.valid[i % area] === 0) data[i] = 0
  return { data, valid: impossible.valid, impossible: impossible.message }
}

function remarkOnScale(
  asked: ValueScale | 'auto',
  taken: ValueScale,
  detected: { scale: ValueScale | null; why: string },
): string {
  if (asked === 'auto') return `Taken as ${SCALE_TITLES[taken]}: ${detected.why}.`
  const doubt =
    detected.scale !== null && detected.scale !== taken
      ? `, though it looks like ${SCALE_TITLES[detected.scale]}`
      : ''
  return `Taken as ${SCALE_TITLES[taken]}, as chosen${doubt}.`
}

function remarksOnValues(data: Float32Array, valid: Uint8Array | null, area: number): FileNote[] {
  const remarks: FileNote[] = []
  const lowest = (band: number) => {
    let low = Number.POSITIVE_INFINITY
    for (let pixel = 0; pixel < area; pixel++) {
      if (valid?.[pixel] !== 0) low = Math.min(low, data[band * area + pixel]!)
    }
    return low
  }
  if (Number.isFinite(lowest(CIRRUS_BAND)) && lowest(CIRRUS_BAND) >= 0.9 * BASELINE_OFFSET) {
    remarks.push({
      reason: 'baseline-offset',
      message:
        'B10 never falls below 900: the product seems to carry the offset of 1000 that Sentinel-2 adds since ' +
        'processing baseline 04.00. Subtract it before use.',
    })
  }
  let steepest = 0
  for (let pixel = 0; pixel < area; pixel++) {
    if (valid?.[pixel] !== 0) steepest = Math.max(steepest, data[SLOPE_BAND * area + pixel]!)
  }
  if (steepest > 91 || lowest(SLOPE_BAND) < -1) {
    remarks.push({
      reason: 'slope-range',
      message: 'Band 13 leaves 0 to 90: it may not be slope in degrees. Check the band order.',
    })
  }
  return remarks
}
/** What is missing from a raster that has not the 14 bands, and what to do about it. */
function describeBandMismatch(bandCount: number): string {
  const contract =
    'Scarp takes 14 bands in this order: B1-B8, B9-B12 (no B8A), slope in degrees, DEM in metres.'
  const stack = 'Stack them with gdalbuildvrt -separate and gdal_translate (slope: gdaldem slope).'
  switch (bandCount) {
    case 1:
      return `It has one band. If it is a mask, name it like its image ("<image>_mask.tif"). ${contract}`
    case 10:
      return (
        'It has 10 bands, as Sentinel-2 at 10 and 20 m has (B2-B8, B8A, B11, B12): B1, B9, B10, slope and DEM are ' +
        `missing. ${contract} Take the Level-1C product, leave B8A out and add slope and DEM. ${stack}`
      )
    case 12:
      return (
        'It has 12 bands: as Level-1C without B8A, slope and DEM are missing; as Level-2A, B10 is missing too. ' +
        `${contract} Add slope and DEM. ${stack}`
      )
    case 13:
      return (
        'It has 13 bands, as Sentinel-2 Level-1C has (B8A included): slope and DEM are missing. ' +
        `${contract} Leave B8A out and add slope and DEM. ${stack}`
      )
    default:
      return `It has ${bandCount} bands. ${contract} ${bandCount < 14 ? stack : 'Pick those 14 with gdal_translate -b.'}`
  }
}

interface ReadMask {
  /** [height, width] of 0, 1, 255. */
  label: Uint8Array
  remarks: FileNote[]
}

/**
 * Reads a one-band label raster: 0 background, 1 landslide, 255 or no-data ignore. Where 0 and 255 are the only
 * values, 255 means landslide, as many tools write masks.
 *
 * @throws AppError `bands-mismatch` for more than one band, `file-unsupported` for other values, and what `read` throws.
 */
export async function readMask(raster: RasterSource, signal?: AbortSignal): Promise<ReadMask> {
  if (raster.bandCount !== 1) {
    throw new AppError(
      'bands-mismatch',
      `"${raster.path}" is named as a mask but has ${raster.bandCount} bands. A mask has one: 0, 1 and 255 (ignore).`,
    )
  }
  const [plane] = await raster.read({ signal })
  const values = new MaskValues()
  values.add(plane!)
  const { meaning, remarks } = values.reading(raster)
  return { label: Uint8Array.from(plane!, meaning), remarks }
}

/** More than a mask has, as an image has. */
const MOST_MASK_VALUES = 8

/** The values that occur in a mask, from which it follows what they mean. */
export class MaskValues {
  private readonly values = new Set<number>()

  /** @param plane all of the mask, or a part of it */
  add(plane: Iterable<number>): void {
    if (this.values.size > MOST_MASK_VALUES) return
    for (const value of plane) {
      this.values.add(value)
      if (this.values.size > MOST_MASK_VALUES) break
    }
  }

  /**
   * How stored values become 0, 1 and 255, once all parts were added.
   *
   * @throws AppError `file-unsupported` for values that a mask has not
   */
  reading({ path, nodata }: Pick<RasterSource, 'path' | 'nodata'>): {
    meaning(stored: number): number
    remarks: FileNote[]
  } {
    const { values } = this
    const others = [...values].filter(
      value => ![BACKGROUND, LANDSLIDE, IGNORE].includes(value) && !Object.is(value, nodata),
    )
    if (others.length > 0) {
      throw new AppError(
        'file-unsupported',
        `"${path}" holds values a mask has not (${others.slice(0, 4).join(', ')}). ` +
          'Write 0 for background, 1 for landslide, 255 for pixels to ignore.',
      )
    }
    const as255 = values.has(IGNORE) && !values.has(LANDSLIDE) && values.has(BACKGROUND) && nodata !== IGNORE
    // No-data 0 only says how to draw the mask: background stays background.
    const missing = nodata === BACKGROUND || nodata === LANDSLIDE ? null : nodata
    return {
      meaning(stored) {
        if (missing !== null && Object.is(stored, missing)) return IGNORE
        return as255 && stored === IGNORE ? LANDSLIDE : stored
      },
      remarks: as255
        ? [{ reason: 'mask-values', message: 'Its values are 0 and 255 only: 255 is taken as landslide.' }]
        : [],
    }
  }
}

/**
 * Reads a mask of a given image.
 *
 * @param image grid that the mask has to be on; only its size has to agree, since many masks carry no position.
 * @throws AppError `shape-mismatch` for another size, and as `readMask`.
 */
export async function readMaskOf(
  image: { width: number; height: number; georeference: Georeference | null },
  raster: RasterSource,
  signal?: AbortSignal,
): Promise<ReadMask> {
  if (raster.width !== image.width || raster.height !== image.height) {
    throw new AppError(
      'shape-mismatch',
      `"${raster.path}" has ${raster.width} x ${raster.height} pixels, its image ${image.width} x ${image.height}. ` +
        'Give a mask on the grid of its image.',
    )
  }
  const { label, remarks } = await readMask(raster, signal)
  if (liesApart(raster.georeference, image.georeference)) {
    const message = 'Its position differs from its image; pixels are matched by row and column.'
    return { label, remarks: [...remarks, { reason: 'mask-position', message }] }
  }
  return { label, remarks }
}
