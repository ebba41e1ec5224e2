import type { SetPatch } from '../patches/setStatistics'
import type { PixelWindow } from '../raster/rasterSource'
import type { Polygon } from './polygons'
import type { ProcessingLevel, StackRecipe } from './scene'

/** Where a patch lies in a scene: it is a cell of it. */
export interface CellPlace {
  sceneId: string
  /** Of the cut (`cutScene`), from 0. */
  row: number
  column: number
  /** Its pixels in the scene. */
  window: PixelWindow
  /** True for a piece around the area: the networks look at it, and nobody lists it. */
  margin?: true
}

/** A scene of the project: its pixels are those of its cells. */
export interface SceneRecord {
  id: string
  name: string
  /** ISO 8601, when it was added. */
  at: string
  /** What its pixels were made from; `grid` is the whole scene's. */
  recipe: StackRecipe
  level: ProcessingLevel | null
  /** "T33TWM" */
  tile: string | null
  /** Of the sensing, "2020-07-04T09:50:29Z". */
  sensed: string | null
  /** Names of bands that the product does not have. */
  synthetic: string[]
  /** Pixels of the scene that are asked for: the bounds of its area, else all. */
  window: PixelWindow
  /** The area of interest: rings in the scene's pixels. null: the whole scene. */
  area: { name: string; polygons: Polygon[] } | null
  /** What the event's statistics know it by (`sampleScene`), in place of those of its cells. */
  samples: SetPatch[]
  /**
   * Margins counted in: while it is being added those that it was cut into, once complete those that it has, without the
   * ones that hold no data and cells that were deleted.
   */
  pieces: number
  /** False while it is being added, and where that was interrupted: the same files go on. */
  complete: boolean
}
