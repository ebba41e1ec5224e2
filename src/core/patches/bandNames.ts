import { DEM_BAND, SLOPE_BAND } from './bands'

/** What a name in a band expression stands for. */
export interface NamedBand {
  /** 0-based band of the 14. */
  band: number
  /** "B4", "slope", "dem". */
  name: string
  unit: 'reflectance' | 'degree' | 'metre'
  /** value in `unit` = raw value * scale */
  scale: number
}

const REFLECTANCE_SCALE = 1e-4

const spectral = Array.from({ length: 12 }, (_, band): NamedBand => {
  return { band, name: `B${band + 1}`, unit: 'reflectance', scale: REFLECTANCE_SCALE }
})

/** The 14 bands as they are named and measured in expressions: reflectance 0..1, degrees, metres. */
export const NAMED_BANDS: readonly NamedBand[] = [
  ...spectral,
  { band: SLOPE_BAND, name: 'slope', unit: 'degree', scale: 1 },
  { band: DEM_BAND, name: 'dem', unit: 'metre', scale: 1 },
]

/** Case does not matter; "B04" is B4, "elevation" is dem. */
export function namedBand(text: string): NamedBand | null {
  const name = text.toLowerCase().replace(/^b0+(?=\d)/, 'b')
  if (name === 'elevation') return NAMED_BANDS[DEM_BAND] ?? null
  return NAMED_BANDS.find(band => band.name.toLowerCase() === name) ?? null
}
