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

export interface NamedIndex {
  id: string
  title: string
  expression: string
  /** What is high and what is low in it. */
  meaning: string
}

/** Indices that tell a fresh scar from its surroundings, each a ratio of bands. */
export const NAMED_INDICES: readonly NamedIndex[] = [
  { id: 'NDVI', title: 'NDVI', expression: '(B8-B4)/(B8+B4)', meaning: 'vegetation high, bare ground low' },
  { id: 'NDWI', title: 'NDWI', expression: '(B3-B8)/(B3+B8)', meaning: 'open water high, land low' },
  { id: 'NBR', title: 'NBR', expression: '(B8-B12)/(B8+B12)', meaning: 'scars and burns low, forest high' },
  {
    id: 'BSI',
    title: 'BSI',
    expression: '((B11+B4)-(B8+B2))/((B11+B4)+(B8+B2))',
    meaning: 'bare soil high, vegetation low',
  },
]
