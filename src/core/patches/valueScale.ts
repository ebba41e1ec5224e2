import type { Dtype, SampleArray } from '../raster/rasterSource'
import { BANDS, CIRRUS_BAND, SLOPE_BAND, SPECTRAL_BAND_COUNT } from './bands'
import type { ValueScale } from './patch'

/** What the values look like and why, for a person; `scale` null where nothing fits well. */
interface DetectedScale {
  scale: ValueScale | null
  /** "medians near 1.3 and B10 as large as the others" */
  why: string
  /** Values of another scale can be of this size too: worth a person's look. */
  doubtful: boolean
}

const MAX_SAMPLES = 4096

/** Bands whose medians are alike over land: without B1, B9 and B10. */
const SURFACE_BANDS = [1, 2, 3, 4, 5, 6, 7, 10, 11]

/**
 * Detects in which of the known scales 14 bands are stored.
 *
 * Two signs, in this order. Exact: a stored Landslide4Sense value times its band's fixed divisor is a whole number.
 * By size: the median of the surface bands' medians, and B10 against it: the divisors lift B10 (some 10 DN) to the size
 * of the others, in every other scale it is far smaller. Values between the known scales are not guessed at.
 *
 * @param planes 14 planes of stored values; `valid` marks those that count (null: all).
 * @param precision of the stored sample type, relative (`scalePrecision`).
 */
export function detectScale(
  planes: readonly ArrayLike<number>[],
  valid: Uint8Array | null,
  precision: number,
): DetectedScale {
  const pixels = samplePixels(planes[0]?.length ?? 0, valid)
  const found = (scale: ValueScale | null, why: string, doubtful = false) => ({ scale, why, doubtful })
  if (pixels.length === 0) return found(null, 'the image has no valid pixel')
  if (hasDivisors(planes, pixels, precision)) {
    return found('l4s', 'values times the fixed divisors of Landslide4Sense are whole numbers')
  }
  const surface = median(SURFACE_BANDS.map(band => median(pixels.map(pixel => planes[band]![pixel]!))))
  const cirrus = median(pixels.map(pixel => planes[CIRRUS_BAND]![pixel]!))
  return scaleOfMedians(surface, cirrus)
}

/**
 * The scale by size alone.
 *
 * @param surface the median of the surface bands' medians.
 * @param cirrus the median of B10; null: there is no such band.
 */
export function scaleOfMedians(surface: number, cirrus: number | null): DetectedScale {
  const found = (scale: ValueScale | null, why: string, doubtful = false) => ({ scale, why, doubtful })
  const size = `the median of the surface bands is ${surface.toPrecision(3)}`
  if (!(surface > 0)) return found(null, size)
  if (cirrus !== null && cirrus / surface > 0.15 && surface > 0.2 && surface < 30) {
    // A clouded scene as reflectance has a large B10 too.
    return found('l4s', `${size} and B10 (median ${cirrus.toPrecision(3)}) is as large`, surface < 1.5)
  }
  if (surface > 0.005 && surface < 1.5) return found('reflectance', size)
  // Shadow and water in raw values reach up to here from below.
  if (surface > 15 && surface < 350) return found('x1000', size, surface > 150)
  if (surface > 450 && surface < 20_000) return found('raw', size)
  return found(null, `${size}, which fits no known scale`)
}

/** Relative precision to which stored values times a divisor are whole: what rounding of the sample type leaves. */
export function scalePrecision(dtype: Dtype): number {
  return dtype === 'float64' ? 1e-9 : 1e-6
}

/** Indices of up to `MAX_SAMPLES` valid pixels, evenly spread. */
function samplePixels(area: number, valid: Uint8Array | null): number[] {
  const all: number[] = []
  const step = Math.max(1, Math.floor(area / (4 * MAX_SAMPLES)))
  for (let pixel = 0; pixel < area; pixel += step) if (valid?.[pixel] !== 0) all.push(pixel)
  const keep = Math.max(1, Math.ceil(all.length / MAX_SAMPLES))
  return all.filter((_, index) => index % keep === 0)
}

function hasDivisors(
  planes: readonly ArrayLike<number>[],
  pixels: readonly number[],
  precision: number,
): boolean {
  let whole = 0
  let alreadyWhole = 0
  let total = 0
  for (let band = 0; band < SPECTRAL_BAND_COUNT; band++) {
    const divisor = BANDS[band]!.l4sDivisor
    for (const pixel of pixels) {
      const stored = planes[band]![pixel]!
      if (stored === 0) continue
      const raw = stored * divisor
      total++
      if (Number.isInteger(stored)) alreadyWhole++
      if (Math.abs(raw - Math.round(raw)) <= Math.abs(raw) * precision) whole++
    }
  }
  return total > 0 && whole > 0.99 * total && alreadyWhole < 0.5 * total
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** stored value x factor = raw units of `BANDS`, for one band (0..13). Terrain is scaled only in Landslide4Sense files. */
export function rawFactor(scale: ValueScale, band: number): number {
  if (scale === 'l4s') return BANDS[band]!.l4sDivisor
  if (band >= SPECTRAL_BAND_COUNT) return 1
  return { raw: 1, x1000: 10, reflectance: 10_000 }[scale]
}

/**
 * 1 where every band is finite, none is the no-data value and not all spectral bands are 0 (which no land surface
 * reflects, but image borders are filled with); null where all pixels are so.
 */
export function validPixels(
  planes: readonly SampleArray[],
  area: number,
  nodata: number | null,
): Uint8Array | null {
  const valid = new Uint8Array(area).fill(1)
  const dark = new Uint8Array(area).fill(1)
  let invalid = 0
  for (let band = 0; band < planes.length; band++) {
    const plane = planes[band]!
    // A declared no-data value of a float32 file is meant as the nearest float32.
    const missing =
      nodata === null ? Number.NaN : plane instanceof Float32Array ? Math.fround(nodata) : nodata
    for (let pixel = 0; pixel < area; pixel++) {
      const value = plane[pixel]!
      if (!Number.isFinite(value) || (value === missing && band < SPECTRAL_BAND_COUNT)) valid[pixel] = 0
      if (band < SPECTRAL_BAND_COUNT && value !== 0) dark[pixel] = 0
    }
  }
  for (let pixel = 0; pixel < area; pixel++) {
    if (dark[pixel] === 1) valid[pixel] = 0
    if (valid[pixel] === 0) invalid++
  }
  return invalid > 0 ? valid : null
}

/**
 * What a pixel can hold at all, in raw units. Reflectance: 16 bits, less the offset of 1000 that may have been taken off
 * (and as much again). Slope: up to 89.4 degrees in percent, which is another mistake. Elevation: the Earth's land, also
 * in feet.
 */
function possibleRange(band: number): readonly [lowest: number, highest: number] {
  if (band < SPECTRAL_BAND_COUNT) return [-2000, 65_535]
  return band === SLOPE_BAND ? [-1, 10_000] : [-1500, 30_000]
}

/** Beyond this share of impossible pixels, it is the scale or the unit of a band that is wrong. */
const MOST_IMPOSSIBLE = 0.5

export interface ImpossiblePixels {
  /** [height, width] as given, without them. */
  valid: Uint8Array
  /** How many, and the value that is farthest off, for a person. */
  message: string
}

/**
 * Pixels with a value that no measurement gives: damage, or no-data that was not declared (-9999). They are invalid.
 *
 * @param data [14, height, width] raw units.
 * @returns null where there are none, or so many that the values are rather of another scale.
 */
export function impossiblePixels(
  data: Float32Array,
  given: Uint8Array | null,
  area: number,
): ImpossiblePixels | null {
  const valid = given?.slice() ?? new Uint8Array(area).fill(1)
  const before = valid.reduce((sum, flag) => sum + flag, 0)
  let worst = { excess: 0, band: 0, value: 0 }
  for (let band = 0; band < BANDS.length; band++) {
    const [lowest, highest] = possibleRange(band)
    for (let pixel = 0; pixel < area; pixel++) {
      const value = data[band * area + pixel]!
      if ((value >= lowest && value <= highest) || given?.[pixel] === 0) continue
      valid[pixel] = 0
      const excess = Math.max(lowest - value, value - highest) / (highest - lowest)
      if (excess > worst.excess) worst = { excess, band, value }
    }
  }
  const count = before - valid.reduce((sum, flag) => sum + flag, 0)
  if (count === 0 || count > MOST_IMPOSSIBLE * before) return null
  const example = `${BANDS[worst.band]!.name} is ${Number(worst.value.toPrecision(3))}`
  const message = `${count} of ${area} pixels hold values that nothing measures (${example}): taken as no data.`
  return { valid, message }
}
