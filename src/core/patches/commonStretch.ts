import type { Limits } from './channelHistogram'
import { COMPOSITES } from './renderLayer'
import { type BandStatistics, emptyStatistics, mergeStatistics, standardDeviation } from './statistics'

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
  const limits = COMPOSITES['true-colour'].map(band => {
    const mean = pooled.mean[band]!
    const variance = Math.log(1 + (deviations[band]! / mean) ** 2)
    const at = (times: number) => mean * Math.exp(times * DEVIATIONS * Math.sqrt(variance) - variance / 2)
    const step = 10 ** (Math.floor(Math.log10(at(1) - at(-1))) - 1)
    const rounded = (value: number) => Math.round(value / step) * step
    return { low: rounded(at(-1)), high: rounded(at(1)) }
  })
  return limits.every(({ low, high }) => high > low) ? limits : null
}
