import { BANDS, SPECTRAL_BAND_COUNT } from './bands'
import type { BandStatistics } from './statistics'

/** Means and deviations per band as statistics. */
export function statisticsFrom(mean: readonly number[], deviation: readonly number[], count = 1e5) {
  return { count, mean: [...mean], m2: deviation.map(value => value * value * count) }
}

/** Of the 15 labelled patches of Landslide4Sense in the shared folder, raw units, to three digits. */
export const REAL_SOURCE = statisticsFrom(
  [1004, 756, 660, 464, 729, 1623, 1971, 1970, 879, 16.1, 1203, 596, 30.9, 2060],
  [186, 185, 197, 216, 256, 527, 678, 714, 279, 12.4, 579, 362, 11, 876],
)

/** Of the 9 target patches. */
export const REAL_TARGET = statisticsFrom(
  [1068, 817, 710, 524, 830, 1715, 2030, 2054, 1163, 35.4, 1374, 711, 25.1, 1458],
  [174, 183, 198, 242, 269, 441, 533, 591, 441, 48.9, 530, 403, 11, 841],
)

/** Multiplies by a factor a band, then adds. */
export function rescaled(
  { count, mean, m2 }: BandStatistics,
  factor: (band: number) => number,
  offset: (band: number) => number = () => 0,
): BandStatistics {
  return {
    count,
    mean: mean.map((value, band) => value * factor(band) + offset(band)),
    m2: m2.map((value, band) => value * factor(band) ** 2),
  }
}

/** Puts band `order[i]` in place i. */
export function reordered({ count, mean, m2 }: BandStatistics, order: readonly number[]): BandStatistics {
  return { count, mean: order.map(band => mean[band]!), m2: order.map(band => m2[band]!) }
}

const spectral = (value: number, otherwise: number) => (band: number) =>
  band < SPECTRAL_BAND_COUNT ? value : otherwise
const bandsOf = (...order: number[]) => order

/** Inputs that are wrong in the ways met in practice. */
export const WRONG_INPUTS: Record<string, (right: BandStatistics) => BandStatistics> = {
  'stored values taken as raw': right => rescaled(right, band => 1 / BANDS[band]!.l4sDivisor),
  'reflectance 0..1 taken as raw': right => rescaled(right, spectral(1e-4, 1)),
  'reflectance x 1000 taken as raw': right => rescaled(right, spectral(0.1, 1)),
  'values x 1000': right => rescaled(right, spectral(1000, 1)),
  'an offset of 1000': right => rescaled(right, () => 1, spectral(1000, 0)),
  'reversed bands': right => reordered(right, bandsOf(13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)),
  'bands by name': right => reordered(right, bandsOf(0, 9, 10, 11, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13)),
  'terrain first': right => reordered(right, bandsOf(12, 13, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)),
  'slope and elevation exchanged': right =>
    reordered(right, bandsOf(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 12)),
  'B10 filled with zeros': right => rescaled(right, band => (band === 9 ? 0 : 1)),
}
