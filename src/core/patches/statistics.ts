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
}
