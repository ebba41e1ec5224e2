import { percentileRange } from './percentileRange'

/** Ends of a stretch, in a channel's unit. */
export interface Limits {
  low: number
  high: number
}

/** How the values of one channel are distributed over the valid pixels of a patch. */
export interface ChannelHistogram extends Limits {
  // What the bins span; the first and last bin also hold what lies beyond. Always low < high.
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
