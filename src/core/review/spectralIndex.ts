/** A normalised difference of two bands, (a - b) / (a + b), -1..1; greenness, water and the like. */
export interface SpectralIndex {
  id: string
  title: string
  /** What a high value means, in words for a person. */
  meaning: string
  /** Band names of `BANDS`. */
  a: string
  b: string
}

/** Definitions as in the Sentinel-2 index database (indexdatabase.de). */
export const SPECTRAL_INDICES: readonly SpectralIndex[] = [
  { id: 'ndvi', title: 'NDVI', meaning: 'green vegetation', a: 'B8', b: 'B4' },
  { id: 'ndwi', title: 'NDWI', meaning: 'open water', a: 'B3', b: 'B8' },
  { id: 'ndmi', title: 'NDMI', meaning: 'moist vegetation', a: 'B8', b: 'B11' },
  { id: 'nbr', title: 'NBR', meaning: 'unburnt vegetation', a: 'B8', b: 'B12' },
]

/** (a - b) / (a + b); not a number where both are 0 or one is not a number. */
export function normalisedDifference(a: number, b: number): number {
  return (a - b) / (a + b)
}
