import type { Georeference, PixelWindow } from '../raster/rasterSource'
import type { MaskState } from '../review/provenance'
import type { Polygon } from '../scenes/polygons'
import type { LandslideFields } from './fields'

/** Of a pixel that is no part of this raster's map: another raster's ground (`GroundOnce`), or outside the area of interest. */
export const ELSEWHERE = 2

/** Rows of the planes of a raster, each [count, width]; null: the raster has no such plane. */
export interface InventoryRows {
  /** 0, 1, 255, `ELSEWHERE`. */
  mask: Uint8Array
  /** Of the ensemble, 0..1, NaN without data. */
  probability: Float32Array | null
  /** Between the networks, 0..1, NaN without data. */
  disagreement: Float32Array | null
  /** Metres, NaN where unknown. */
  elevation: Float32Array | null
  /** Degrees, NaN where unknown. */
  slope: Float32Array | null
}

/** What a raster was made of. */
export interface InventorySource {
  /** "S2B_MSIL1C_20200704T095029_...", or a patch's name. */
  id: string
  /** "Sentinel-2 L1C"; null: not known. */
  kind: string | null
  /** ISO 8601, of the sensing; null: not known. */
  sensed: string | null
  tile: string | null
}

/** What made and judged the mask of a part of a raster. */
export interface MaskOrigin {
  window: PixelWindow
  state: MaskState
  reviewer: string | null
  /** ISO 8601. */
  at: string | null
  /** "2"; null: before any round, or drawn by hand. */
  round: string | null
  models: readonly string[]
  threshold: number | null
}

/** A mask with what is known of its pixels: a patch, the cells of a scene, or the mosaic of an event. */
export interface InventoryRaster {
  name: string
  width: number
  height: number
  /** null: competition patches; sizes are then in pixels only. */
  georeference: Georeference | null
  /** Area of interest, in the raster's pixels; null: all of it. */
  area: readonly Polygon[] | null
  sources: readonly InventorySource[]
  /** Names of the elevation models; null: none. */
  elevationSource: string | null
  /** By part; a landslide on several has what each of them says. */
  origins: readonly MaskOrigin[]
  /** Rows from `top` on, asked for from the top down; a pass begins at row 0 again. */
  rows(top: number, count: number, signal?: AbortSignal): Promise<InventoryRows>
  /** The same of the mask alone, for less work. Absent: `rows` costs no more. */
  maskRows?(top: number, count: number, signal?: AbortSignal): Promise<Uint8Array>
}

/** What may be changed on the way from pixels to polygons; 0: nothing. */
export interface InventoryOptions {
  /** Smaller landslides are left out: square metres, pixels where their size is not known. */
  minimumArea: number
  /** Holes up to this size are filled: the same unit. */
  fillHoles: number
  /** Tolerance of simplification, in pixels. */
  simplify: number
}

/** Nothing is left out, filled or simplified. */
export const EXACT: InventoryOptions = { minimumArea: 0, fillHoles: 0, simplify: 0 }

/** One 8-connected component of a mask. */
export interface InventoryLandslide {
  /** 1 for the first, in reading order of the first pixel. */
  number: number
  window: PixelWindow
  /**
   * Of the raster's pixel corners, rings as in `Polygon` (x, y, x, y ..., not closed), 4-connected; the first of each polygon
   * is its outside, counter-clockwise on a north-up map, the others its holes, clockwise.
   */
  polygons: Polygon[]
  fields: LandslideFields
}
