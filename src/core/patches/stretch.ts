import { compositeBands } from './baseLayers'
import { type BandStatistics, emptyStatistics, mergeStatistics, standardDeviation } from './statistics'

const MAX_SAMPLES = 65_536

/**
 * Values at the given share from each end of the distribution of valid, finite pixels; from at most 65,536 of them,
 * evenly spread. Always `low < high`: where the percentiles coincide the extremes are taken, and where nothing
 * varies (or nothing is valid) a span around the value, which puts it in the middle.
 */
export function percentileRange(plane: ArrayLike<number>, valid: Uint8Array | null, share: number): Limits {
  const step = Math.max(1, Math.floor(plane.length / MAX_SAMPLES))
  const values: number[] = []
  for (let pixel = 0; pixel < plane.length; pixel += step) {
    const value = plane[pixel]!
    if (valid?.[pixel] !== 0 && Number.isFinite(value)) values.push(value)
  }
  if (values.length === 0) return { low: 0, high: 1 }
  const sorted = Float64Array.from(values).sort()
  const last = sorted.length - 1
  const cut = Math.min(Math.max(share, 0), 0.49)
  const low = sorted[Math.floor(cut * last)]!
  const high = sorted[Math.ceil((1 - cut) * last)]!
  if (high > low) return { low, high }
  if (sorted[last]! > sorted[0]!) return { low: sorted[0]!, high: sorted[last]! }
  const span = Math.max(1e-6, Math.abs(low) * 0.5)
  return { low: low - span, high: high + span }
}

/** Ends of a stretch, in a channel's unit. */
export interface Limits {
  low: number
  high: number
}

/** How the values of one channel are distributed over the valid pixels of a patch. */
export interface ChannelHistogram extends Limits {
  // What the bins span; the first and last bin also hold what is beyond. Always low < high.
  /** Pixels by value, evenly wide bins. */
  counts: number[]
  /** Extremes of the finite values; NaN where there are none. */
  least: number
  greatest: number
  /** Pixels with a value, and without one. */
  counted: number
  missing: number
}

const BINS = 64

/** Beyond these percentiles a few bright clouds would squeeze everything else into one bin. */
const TAIL = 0.002

/** Air beside the percentiles, so that handles can be drawn outwards. */
const MARGIN = 0.15

/** Histogram of finite, valid values. */
export function channelHistogram(
  plane: ArrayLike<number>,
  valid: Uint8Array | null,
  bins = BINS,
): ChannelHistogram {
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY
  let counted = 0
  for (let pixel = 0; pixel < plane.length; pixel++) {
    const value = plane[pixel]!
    if (valid?.[pixel] === 0 || !Number.isFinite(value)) continue
    if (value < least) least = value
    if (value > greatest) greatest = value
    counted++
  }
  const missing = plane.length - counted
  const counts = new Array<number>(bins).fill(0)
  const core = percentileRange(plane, valid, TAIL)
  if (counted === 0) {
    return { ...core, counts, least: Number.NaN, greatest: Number.NaN, counted, missing }
  }
  const air = (core.high - core.low) * MARGIN
  const varies = greatest > least
  const low = varies ? Math.max(least, core.low - air) : core.low
  const high = varies ? Math.min(greatest, core.high + air) : core.high
  const perBin = bins / (high - low)
  for (let pixel = 0; pixel < plane.length; pixel++) {
    const value = plane[pixel]!
    if (valid?.[pixel] === 0 || !Number.isFinite(value)) continue
    const bin = Math.floor((value - low) * perBin)
    counts[Math.min(bins - 1, Math.max(0, bin))]!++
  }
  return { low, high, counts, least, greatest, counted, missing }
}

/** Deviations between the median and the 98th percentile of a normal distribution. */
const DEVIATIONS = 2.054

/**
 * One stretch for rasters that lie side by side, so that the same ground looks the same in each: from the 2nd to the 98th
 * percentile of the log-normal distribution that has the pooled mean and deviation, since reflectances are above zero
 * and skewed towards bright. Rounded to two digits of its width: one raster more among many leaves it as it was.
 *
 * @param statistics of each raster, raw units.
 * @returns red, green, blue, low < high; null where there is no pixel, or a band is dark or does not vary.
 */
export function commonStretch(statistics: readonly BandStatistics[]): Limits[] | null {
  const pooled = statistics.reduce(mergeStatistics, emptyStatistics())
  const deviations = standardDeviation(pooled)
  const limits = compositeBands('true-colour').map(band => {
    const mean = pooled.mean[band]!
    const variance = Math.log(1 + (deviations[band]! / mean) ** 2)
    const at = (times: number) => mean * Math.exp(times * DEVIATIONS * Math.sqrt(variance) - variance / 2)
    const step = 10 ** (Math.floor(Math.log10(at(1) - at(-1))) - 1)
    const rounded = (value: number) => Math.round(value / step) * step
    return { low: rounded(at(-1)), high: rounded(at(1)) }
  })
  return limits.every(({ low, high }) => high > low) ? limits : null
}
