import { BANDS, CIRRUS_BAND } from './bands'
import { type BandStatistics, standardDeviation } from './statistics'

/**
 * Half as much again as sound patches show. Over 15,000 random sets of 5 to 9 of the 24 real patches of Landslide4Sense,
 * and of the demo's 20, the largest distance of one from all others is 3.4; in the sets as they are it is 1.6. Of seven
 * real ones, one whose B10 holds a single sample of 60,000 lies 5.7 off, one with the offset of 1000 not taken off 12, one
 * whose reflectances are ten times too large 13, one with 1 % of its red at 65,535 14.
 */
const FAR = 5

/** B10 is dark and clears up with height: sound patches differ in it five times as much as in any other band. */
const CIRRUS_UNITS = 5

/** Of fewer patches nobody can say which one is off. */
const FEWEST = 5

/** Share of a set that may be off: beyond, the set is of several kinds. */
const MOST = 0.25

/** What damage to one patch would move: means and deviations of the 14 bands. */
type Moments = number[]

/**
 * Patches of a set whose bands are distributed like those of no other: damaged, or of another product. In the pooled
 * statistics of a small set one of them moves what every other patch is z-scored by.
 *
 * The distance of two patches is the largest difference of their bands' means or deviations, in units of the set's usual
 * spread: the larger of the median deviation within a patch, the deviation between patches (1.4826 times the median
 * absolute deviation of their means; Rousseeuw and Croux, JASA 88, 1993), and the band's divisor of Landslide4Sense, so
 * that a set of even ground does not make its neighbour far. A patch is far where both the set's median and the nearest
 * other patch are farther than `FAR`: several of one kind are no outliers.
 *
 * @returns their places in the list; none of fewer than five patches, nor where they are more than a quarter.
 */
export function farPatches(patches: readonly { statistics: BandStatistics }[]): number[] {
  const filled = [...patches.keys()].filter(index => patches[index]!.statistics.count > 0)
  if (filled.length < FEWEST) return []
  const moments = filled.map(index => momentsOf(patches[index]!.statistics))
  const centre = moments[0]!.map((_, i) => median(moments.map(of => of[i]!)))
  const units = unitsOf(moments, centre)
  const candidates = moments.filter(of => distance(of, centre, units) > FAR)
  const far = candidates.filter(of =>
    moments.every(other => other === of || distance(of, other, units) > FAR),
  )
  return far.length > MOST * filled.length ? [] : far.map(of => filled[moments.indexOf(of)]!)
}

/** Means, then deviations. */
function momentsOf(statistics: BandStatistics): Moments {
  return [...statistics.mean, ...standardDeviation(statistics)]
}

function unitsOf(moments: readonly Moments[], centre: Moments): number[] {
  const bands = centre.length / 2
  return Array.from({ length: bands }, (_, band) => {
    const between = 1.4826 * median(moments.map(of => Math.abs(of[band]! - centre[band]!)))
    const unit = Math.max(centre[bands + band]!, between, BANDS[band]?.l4sDivisor ?? 0)
    return band === CIRRUS_BAND ? CIRRUS_UNITS * unit : unit
  })
}

function distance(a: Moments, b: Moments, units: readonly number[]): number {
  let largest = 0
  for (const [i, value] of a.entries()) {
    largest = Math.max(largest, Math.abs(value - b[i]!) / units[i % units.length]!)
  }
  return largest
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
