import { AppError } from '../foundation/appError'
import { type BandStatistics, standardDeviation } from './statistics'

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
