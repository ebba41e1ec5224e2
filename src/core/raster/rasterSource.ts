import type { FileNote } from './fileNote'
/** Sample types that files arrive in. Samples of 1 to 15 bits are widened by the reader. */
export type Dtype =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'float32'
  | 'float64'

export type SampleArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array

/** GDAL's six coefficients: x = t0 + col*t1 + row*t2, y = t3 + col*t4 + row*t5, of a pixel's outer corner. */
export type AffineTransform = readonly [number, number, number, number, number, number]

export interface Georeference {
  /** "EPSG:32633" where the file names one, else null (user-defined CRS keep `geoKeys`). */
  crs: string | null
  transform: AffineTransform | null
  /** GeoTIFF keys as stored, so that an export carries a user-defined CRS unchanged. */
  geoKeys: Record<string, number | string | number[]> | null
}

export interface PixelWindow {
  column: number
  row: number
  width: number
  height: number
}

export type RasterKind = 'l4s-image' | 'l4s-mask' | 'geotiff' | 'jp2'

/**
 * The seam between every file format and everything else: an opened raster that can be read by windows.
 * Implementations validate on opening and throw AppError (`file-*`) with one clear reason.
 */
export interface RasterSource {
  readonly kind: RasterKind
  /** Path as dropped or given, with folders ("train/img/image_1.h5"). */
  readonly path: string
  readonly width: number
  readonly height: number
  readonly bandCount: number
  readonly dtype: Dtype
  /** Names from the file where it has them, one per band, else null. */
  readonly bandNames: readonly string[] | null
  /** Names of bands that the product did not have: constants, as `scarp stack` writes and says of them. Absent: none. */
  readonly syntheticBands?: readonly string[]
  /** Metadata that we wrote into the file, by its names ("SCARP_MODELS"): as hostile as the file. Absent: none. */
  readonly tags?: Readonly<Record<string, string>>
  /** The file's no-data value; NaN is a value. null: none declared. */
  readonly nodata: number | null
  readonly georeference: Georeference | null
  /** Things a person should know that did not stop the file from opening. */
  readonly notes: readonly FileNote[]
  /**
   * How often the raster can be halved for less than reading all of it: the file's overviews or wavelet levels. Level `l`
   * has ceil(width / 2^l) columns and ceil(height / 2^l) rows. 0: only itself.
   */
  readonly levels: number
  /** What the file is decoded in, pixels: a tile, or a strip as wide as the raster. Absent: any window costs the same. */
  readonly blocks?: { width: number; height: number }
  /**
   * Reads a window, the whole raster by default, all bands by default.
   *
   * @param request.level halvings, 0 by default; the window is in pixels of that level.
   * @returns one row-major array of width*height per band asked for.
   */
  read(request?: {
    window?: PixelWindow
    level?: number
    bands?: readonly number[]
    signal?: AbortSignal
  }): Promise<SampleArray[]>
}
