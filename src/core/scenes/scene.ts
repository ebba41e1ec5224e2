import type { AffineTransform } from '../raster/rasterSource'

/** The grid that a scene is read on: that of its 10 m bands, north up. */
export interface SceneGrid {
  /** "EPSG:32633" */
  crs: string
  /** Of a pixel's outer corner, as GDAL has it. */
  transform: AffineTransform
  width: number
  height: number
}

/** The level of Sentinel-2 processing: top of atmosphere or surface reflectance. */
export type ProcessingLevel = 'L1C' | 'L2A'

/** Where a number was learned from. `asked`: a person has to say. */
export type Evidence = 'metadata' | 'name' | 'values' | 'assumed' | 'asked'

/** One band of one file that is a band of a scene. */
export interface SceneBand {
  /** "B1" to "B12", "B8A" */
  name: string
  path: string
  /** Of the file's bands, from 0. */
  band: number
  width: number
  height: number
  /** Side of a pixel, in units of the coordinate system (metres). */
  resolution: number
}

/** A Sentinel-2 acquisition as it was found among files: what is known of it, and what is not. */
export interface FoundScene {
  /** The product's name, or what its files have in common. */
  name: string
  kind: 'safe' | 'single-bands' | 'stack'
  level: ProcessingLevel | null
  /** "04.00" */
  baseline: string | null
  /** "T33TWM" */
  tile: string | null
  /** Of the sensing, "2020-07-04T09:50:29Z". */
  sensed: string | null
  /** reflectance = (stored + offset) / quantification, where stored 0 is no data. */
  quantification: { value: number | null; evidence: Evidence }
  /** By band's name, what is added to stored values; bands that are not listed have `value`. */
  offset: { value: number | null; byBand: Readonly<Record<string, number>>; evidence: Evidence }
  /** By band's name; where a product has a band at several resolutions, the finest. */
  bands: Readonly<Record<string, SceneBand>>
  /** How it is known which band is which. `assumed`: by their number only, which a person should confirm. */
  naming: Exclude<Evidence, 'values' | 'asked'>
  /** Null where no band says where it lies. */
  grid: SceneGrid | null
  /** Things to know before it is used, each a sentence: what was assumed, what is missing. */
  remarks: readonly string[]
}

/** An elevation model or a raster of slopes as it was found among files. */
export interface TerrainFile {
  path: string
  kind: 'elevation' | 'slope'
  /** Whether its name says so, or only its values. */
  evidence: 'name' | 'values'
  width: number
  height: number
  /** "EPSG:4326"; null: described by keys alone. */
  crs: string | null
  transform: AffineTransform
  /** Things to know before it is used, each a sentence. */
  remarks: readonly string[]
}

/** How values between pixels are found. Bands of 20 and 60 m nest in the 10 m grid: `nearest` repeats them. */
export type Resampling = 'nearest' | 'bilinear'

/**
 * What a 14-band stack is made from: everything that decides its pixels, so that the same recipe and files give the same
 * values anywhere.
 */
export interface StackRecipe {
  name: string
  grid: SceneGrid
  /** B1 to B12, in their order. */
  bands: readonly (StackBand | AbsentBand)[]
  resampling: Resampling
  /** Paths of the elevation models, the first on top where they overlap. */
  elevation: readonly string[]
  /** Path of a raster of slopes in degrees; null: made of the elevation. */
  slope: string | null
}

/** raw = max(1, (stored + offset) * scale), in reflectance x 10000; stored 0 and no-data values are no data. */
export interface StackBand {
  path: string
  band: number
  /** Pixels of the grid along one of the band's: 1, 2 or 6. Both have the same upper left corner. */
  factor: number
  scale: number
  offset: number
}

/** A band that the product does not have. Each pixel has one value: the models' mean, so that they learn nothing from it. */
export interface AbsentBand {
  value: number
}
