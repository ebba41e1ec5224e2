/** A ratio of bands that tells a fresh scar from its surroundings. */
export interface SpectralIndex {
  id: string
  title: string
  /** What is high and what is low in it. */
  meaning: string
  /** As a band expression. */
  expression: string
}

/** (a - b) / (a + b), -1..1. */
export interface NormalisedDifference extends SpectralIndex {
  /** Band names of `BANDS`. */
  a: string
  b: string
}

function difference(title: string, a: string, b: string, meaning: string): NormalisedDifference {
  return { id: title.toLowerCase(), title, meaning, a, b, expression: `(${a}-${b})/(${a}+${b})` }
}

/** Definitions as in the Sentinel-2 index database (indexdatabase.de). */
export const NORMALISED_DIFFERENCES: readonly NormalisedDifference[] = [
  difference('NDVI', 'B8', 'B4', 'vegetation high, bare ground low'),
  difference('NDWI', 'B3', 'B8', 'open water high, land low'),
  difference('NDMI', 'B8', 'B11', 'moist vegetation high, dry ground low'),
  difference('NBR', 'B8', 'B12', 'forest high, scars and burns low'),
]

export const SPECTRAL_INDICES: readonly SpectralIndex[] = [
  ...NORMALISED_DIFFERENCES,
  {
    id: 'bsi',
    title: 'BSI',
    meaning: 'bare soil high, vegetation low',
    expression: '((B11+B4)-(B8+B2))/((B11+B4)+(B8+B2))',
  },
]

/** (a - b) / (a + b); NaN where both are 0 or one is NaN. */
export function normalisedDifference(a: number, b: number): number {
  return (a - b) / (a + b)
}
