import { AppError } from '../foundation/appError'
import { BAND_COUNT } from './bands'
import type { PatchPixels } from './patch'

/**
 * How the patches of a set differ from one another: what the set's mean and deviation are worth as those of a domain.
 * A patch here is an area of 128 x 128 pixels; a larger raster counts as several.
 */
export interface PatchSpread {
  /** Patches that hold data. */
  patches: number
  /** As how many independent patches they count, at least 1: neighbours repeat each other. */
  independent: number
  /** [14] variance between patches of a band's mean, (raw units)^2. */
  meanVariance: number[]
}

/**
 * Per-band moments over valid pixels in float64, mergeable (Chan, Golub, LeVeque 1979; Welford 1962).
 * Raw units of `BANDS`. Population variance m2 / count.
 */
export interface BandStatistics {
  /** One count for all bands: a pixel is valid in every band or in none. */
  count: number
  /** [14] */
  mean: number[]
  /** [14] sum of squared deviations from the mean. */
  m2: number[]
  /** Of a set of patches, where it was recorded; gone where sets are merged. */
  spread?: PatchSpread
}

/** Statistics of nothing: the neutral element of `mergeStatistics`. */
export function emptyStatistics(bandCount: number = BAND_COUNT): BandStatistics {
  return { count: 0, mean: new Array<number>(bandCount).fill(0), m2: new Array<number>(bandCount).fill(0) }
}

/**
 * Statistics of one raster over its valid pixels, by two passes in float64 (exact mean first), so that a large mean
 * with a small spread keeps its digits.
 *
 * @param pixels data [bands, height, width], valid [height, width] or null.
 */
export function statisticsOf(pixels: PatchPixels): BandStatistics {
  const { data, valid } = pixels
  const area = pixels.width * pixels.height
  const bandCount = data.length / area
  const statistics = emptyStatistics(bandCount)
  let count = area
  if (valid) {
    count = 0
    for (let i = 0; i < area; i++) count += valid[i]! === 0 ? 0 : 1
  }
  statistics.count = count
  if (count === 0) return statistics
  for (let band = 0; band < bandCount; band++) {
    const plane = data.subarray(band * area, (band + 1) * area)
    let sum = 0
    for (let i = 0; i < area; i++) if (valid?.[i] !== 0) sum += plane[i]!
    const mean = sum / count
    let squares = 0
    let residue = 0
    for (let i = 0; i < area; i++) {
      if (valid && valid[i] === 0) continue
      const deviation = plane[i]! - mean
      squares += deviation * deviation
      residue += deviation
    }
    statistics.mean[band] = mean
    // The residue corrects what rounding left in the mean (Chan, Golub, LeVeque 1983).
    statistics.m2[band] = Math.max(0, squares - (residue * residue) / count)
  }
  return statistics
}

/** Statistics of two disjoint sets of pixels together (Chan, Golub, LeVeque 1979). */
export function mergeStatistics(a: BandStatistics, b: BandStatistics): BandStatistics {
  if (a.count === 0) return b
  if (b.count === 0) return a
  const count = a.count + b.count
  const mean: number[] = []
  const m2: number[] = []
  for (let band = 0; band < a.mean.length; band++) {
    const delta = b.mean[band]! - a.mean[band]!
    mean.push(a.mean[band]! + (delta * b.count) / count)
    m2.push(a.m2[band]! + b.m2[band]! + (delta * delta * a.count * b.count) / count)
  }
  return { count, mean, m2 }
}

/** Population standard deviation per band, raw units; 0 where there are no pixels. */
export function standardDeviation(statistics: BandStatistics): number[] {
  return statistics.m2.map(m2 => (statistics.count > 0 ? Math.sqrt(m2 / statistics.count) : 0))
}

/**
 * z-scores every band with the statistics of the patch's domain; which they are, `targetStatistics` says.
 *
 * @param pixels data [bands, height, width] in raw units.
 * @returns [height, width, bands] float32, NHWC without the batch; invalid pixels are 0, which is the mean; a band
 * that does not vary is 0 everywhere.
 */
export function normalise(pixels: PatchPixels, statistics: BandStatistics): Float32Array {
  const { data, valid } = pixels
  const area = pixels.width * pixels.height
  const bandCount = statistics.mean.length
  const deviations = standardDeviation(statistics)
  const out = new Float32Array(area * bandCount)
  for (let band = 0; band < bandCount; band++) {
    const mean = statistics.mean[band]!
    const deviation = deviations[band]!
    if (!(deviation > 0)) continue
    const begin = band * area
    for (let pixel = 0; pixel < area; pixel++) {
      if (valid && valid[pixel] === 0) continue
      out[pixel * bandCount + band] = (data[begin + pixel]! - mean) / deviation
    }
  }
  return out
}

/** How far one band of a set lies from another set's. */
export interface BandShift {
  /** (mean - reference mean) / reference standard deviation; signed. */
  meanShift: number
  /** Standard deviation / reference standard deviation; 0 where the band does not vary. */
  deviationRatio: number
}

/**
 * Standardised shift of every band against a reference. A band that does not vary in the reference gives no measure:
 * 0 and 1.
 *
 * @throws AppError `bands-mismatch` where the two have not the same number of bands.
 */
export function statisticsShift(statistics: BandStatistics, reference: BandStatistics): BandShift[] {
  if (statistics.mean.length !== reference.mean.length) {
    throw new AppError(
      'bands-mismatch',
      `Statistics of ${statistics.mean.length} bands cannot be compared with those of ${reference.mean.length}; ` +
        'compare sets with the same bands.',
    )
  }
  const deviations = standardDeviation(statistics)
  return standardDeviation(reference).map((deviation, band) => {
    if (!(deviation > 0)) return { meanShift: 0, deviationRatio: 1 }
    const meanShift = (statistics.mean[band]! - reference.mean[band]!) / deviation
    return { meanShift, deviationRatio: deviations[band]! / deviation }
  })
}

/** Strength of a shift in one figure: the root mean square of the bands' mean shifts, standard deviations. */
export function shiftStrength(shifts: readonly BandShift[]): number {
  const squares = shifts.reduce((sum, { meanShift }) => sum + meanShift * meanShift, 0)
  return Math.sqrt(squares / Math.max(1, shifts.length))
}
