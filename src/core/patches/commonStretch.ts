import type { Limits } from './channelHistogram'
import { COMPOSITES } from './renderLayer'
import { type BandStatistics, emptyStatistics, mergeStatistics, standardDeviation } from './statistics'

const DEVIATIONS = 2

/**
 * One stretch for rasters that lie side by side, so that the same ground looks the same in each: pooled mean -+ 2
 * standard deviations of the true-colour bands. Rounded to two digits of its width: one raster more among many leaves
 * it as it was.
 *
 * @param statistics of each raster, raw units.
 * @returns red, green, blue, low < high; null where there is no pixel or a band does not vary.
 */
export function commonStretch(statistics: readonly BandStatistics[]): Limits[] | null {
  const pooled = statistics.reduce(mergeStatistics, emptyStatistics())
  const deviations = standardDeviation(pooled)
  const limits = COMPOSITES['true-colour'].map(band => {
    const mean = pooled.mean[band]!
    const spread = DEVIATIONS * deviations[band]!
    const step = 10 ** (Math.floor(Math.log10(2 * spread)) - 1)
    // Reflectances are not below zero; a few bright pixels would else pull the dark end there.
    const low = Math.max(0, Math.round((mean - spread) / step) * step)
    return { low, high: Math.round((mean + spread) / step) * step }
  })
  return limits.every(({ low, high }) => high > low) ? limits : null
}
