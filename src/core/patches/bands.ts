/** The 14-band contract of Landslide4Sense. Order is fixed: B1..B12 (no B8A), slope, DEM. */
export interface BandDefinition {
  name: string
  title: string
  unit: 'reflectance x 10000' | 'degree' | 'metre'
  /** Central wavelength, nanometres; null for terrain. */
  wavelength: number | null
  /** stored Landslide4Sense value = raw value / divisor (measured on every pixel of 35 files to 5e-13). */
  l4sDivisor: number
}

export const BANDS: readonly BandDefinition[] = [
  {
    name: 'B1',
    title: 'Coastal aerosol',
    unit: 'reflectance x 10000',
    wavelength: 443,
    l4sDivisor: 1111.81236406,
  },
  { name: 'B2', title: 'Blue', unit: 'reflectance x 10000', wavelength: 490, l4sDivisor: 824.63171476 },
  { name: 'B3', title: 'Green', unit: 'reflectance x 10000', wavelength: 560, l4sDivisor: 663.41636217 },
  { name: 'B4', title: 'Red', unit: 'reflectance x 10000', wavelength: 665, l4sDivisor: 445.17289745 },
  { name: 'B5', title: 'Red edge 1', unit: 'reflectance x 10000', wavelength: 705, l4sDivisor: 645.8582926 },
  {
    name: 'B6',
    title: 'Red edge 2',
    unit: 'reflectance x 10000',
    wavelength: 740,
    l4sDivisor: 1547.73508126,
  },
  {
    name: 'B7',
    title: 'Red edge 3',
    unit: 'reflectance x 10000',
    wavelength: 783,
    l4sDivisor: 1960.44401001,
  },
  {
    name: 'B8',
    title: 'Near infrared',
    unit: 'reflectance x 10000',
    wavelength: 842,
    l4sDivisor: 1941.32229668,
  },
  {
    name: 'B9',
    title: 'Water vapour',
    unit: 'reflectance x 10000',
    wavelength: 945,
    l4sDivisor: 674.07572865,
  },
  { name: 'B10', title: 'Cirrus', unit: 'reflectance x 10000', wavelength: 1375, l4sDivisor: 9.04787384 },
  {
    name: 'B11',
    title: 'Short-wave infrared 1',
    unit: 'reflectance x 10000',
    wavelength: 1610,
    l4sDivisor: 1113.98338755,
  },
  {
    name: 'B12',
    title: 'Short-wave infrared 2',
    unit: 'reflectance x 10000',
    wavelength: 2190,
    l4sDivisor: 519.90397929,
  },
  { name: 'Slope', title: 'Slope', unit: 'degree', wavelength: null, l4sDivisor: 20.29228266 },
  { name: 'DEM', title: 'Elevation', unit: 'metre', wavelength: null, l4sDivisor: 772.83144788 },
]

export const BAND_COUNT = 14

export const SPECTRAL_BAND_COUNT = 12

/** B10, the cirrus band: far darker than the others. */
export const CIRRUS_BAND = 9

/**
 * Bands that say least of the ground: aerosol, vapour and cirrus, all of 60 m. Level 2A has no B10, Earth Engine's and
 * other products of 10 and 20 m bands have none of the three. Without any other a scene is refused.
 */
export const DISPENSABLE: ReadonlySet<string> = new Set(['B1', 'B9', 'B10'])

/** Sentinel-2 adds this to every band since processing baseline 04.00. */
export const BASELINE_OFFSET = 1000

export const SLOPE_BAND = 12

export const DEM_BAND = 13

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
