import { AppError } from '../foundation/appError'
import type { InputFile } from '../raster/inputFile'
import type { PixelWindow, RasterSource } from '../raster/rasterSource'
import type { Area } from './area'
import { BlockCache } from './blockCache'
import { type Elevation, openElevation } from './elevation'
import { fullStackOf, openFullStack, terrainBand } from './fullStack'
import type { Polygon } from './polygons'
import type { FoundScene, StackRecipe, TerrainFile } from './scene'
import { isAbsent, openStack, type SceneStack } from './stack'

/** Bytes of decoded blocks of bands that are kept: two rows of tiles of a full product, which a row of windows may lie on. */
export const BAND_CACHE_BYTES = 384 * 2 ** 20

/** Bytes of terrain that are kept: Copernicus GLO-30 under a Sentinel-2 tile, with the surface that is made of it. */
export const TERRAIN_CACHE_BYTES = 192 * 2 ** 20

/** What is kept of the files of scenes that are read in turn, within one limit whatever their number. */
export interface SceneCaches {
  bands: BlockCache
  /** Apart: it is used from the samples to the polygons, between which the bands fill any cache many times over. */
  terrain: BlockCache
}

export function sceneCaches(bands = BAND_CACHE_BYTES, terrain = TERRAIN_CACHE_BYTES): SceneCaches {
  return { bands: new BlockCache(bands), terrain: new BlockCache(terrain) }
}

/** What is asked for of a scene: the pixels around its area of interest, and which of them lie inside; else all of it. */
export interface Wanted {
  window: PixelWindow
  /** 1 for pixels of a window of the scene that lie inside; null: all do. */
  mask: ((window: PixelWindow) => Uint8Array) | null
  /** The area of interest in the scene's pixels; absent: all of the scene was asked for. */
  area?: readonly Polygon[]
}

/** All of a scene, or what lies in an area of it. */
export function wantedIn(
  { grid }: Pick<StackRecipe, 'grid'>,
  area: Pick<Area, 'bounds' | 'mask' | 'polygons'> | null,
): Wanted {
  return area
    ? { window: area.bounds, mask: area.mask, area: area.polygons }
    : { window: { column: 0, row: 0, width: grid.width, height: grid.height }, mask: null }
}

/** The first of some slopes that lies under the middle of a scene; null: they are made of the elevation. */
export function slopeUnder(
  { grid }: Pick<FoundScene, 'grid'>,
  slopes: readonly TerrainFile[],
): string | null {
  if (!grid) return null
  const [x, dx, , y, , dy] = grid.transform
  const [middleX, middleY] = [x + (dx * grid.width) / 2, y + (dy * grid.height) / 2]
  const under = slopes.find(({ crs, transform, width, height }) => {
    const column = (middleX - transform[0]) / transform[1]
    const row = (middleY - transform[3]) / transform[5]
    return crs === grid.crs && column >= 0 && row >= 0 && column < width && row < height
  })
  return under?.path ?? null
}

/** Opens a file by its path; the same raster whenever it is asked for again. */
export type OpenByPath = (path: string, signal?: AbortSignal) => Promise<RasterSource>

/** Opens files by their paths, each once. @throws AppError `file-unreadable` for one that is not there */
export function openByPath(
  files: ReadonlyMap<string, InputFile>,
  open: (file: InputFile, options: { signal?: AbortSignal }) => Promise<RasterSource>,
): OpenByPath {
  const opened = new Map<string, RasterSource>()
  return async (path, signal) => {
    const known = opened.get(path)
    if (known) return known
    const file = files.get(path)
    if (!file) throw new AppError('file-unreadable', `"${path}" is not among the files.`)
    const raster = await open(file, { signal })
    opened.set(path, raster)
    return raster
  }
}

/** Elevation and slope under a scene, and what share of it has both. */
export interface SceneTerrain extends Elevation {
  /** 0 (exclusive) to 1, from 16 x 16 points. */
  covered: number
}

/**
 * Opens the elevation and slopes of a recipe.
 *
 * @throws AppError what opening throws; `file-unsupported` for elevation that does not reach the scene; `aborted`
 */
export async function openSceneTerrain(
  recipe: Pick<StackRecipe, 'name' | 'grid' | 'elevation' | 'slope'>,
  open: OpenByPath,
  cache: BlockCache,
  signal?: AbortSignal,
): Promise<SceneTerrain> {
  const rasters: RasterSource[] = []
  for (const path of recipe.elevation) rasters.push(terrainBand(await open(path, signal), 'elevation'))
  const slope = recipe.slope === null ? null : terrainBand(await open(recipe.slope, signal), 'slope')
  const terrain = await openElevation({ rasters, grid: recipe.grid, slope, cache, signal })
  const covered = await terrain.coverage(signal)
  if (covered === 0) {
    throw new AppError(
      'file-unsupported',
      `"${recipe.name}": the elevation lies elsewhere. Give one that covers the scene. If the scene does not lie in ` +
        `${recipe.grid.crs}, set its coordinate system: gdal_edit.py -a_srs EPSG:<code> <file>.`,
    )
  }
  return { ...terrain, covered }
}

/** What to know of elevation that leaves part of a scene open; null: it covers all. */
export function coverageRemark({ name }: Pick<StackRecipe, 'name'>, covered: number): string | null {
  if (covered >= 1) return null
  return `"${name}": the elevation covers ${Math.round(100 * covered)} % of the scene; the rest is no data.`
}

/**
 * Opens what a recipe names, each file once.
 *
 * @throws AppError as `openSceneTerrain`
 */
export async function openSceneStack(
  recipe: StackRecipe,
  open: OpenByPath,
  {
    caches = sceneCaches(),
    terrain,
    signal,
  }: { caches?: SceneCaches; terrain?: SceneTerrain; signal?: AbortSignal } = {},
): Promise<{ stack: SceneStack; covered: number }> {
  const rasters = new Map<string, RasterSource>()
  for (const band of recipe.bands) {
    if (!isAbsent(band)) rasters.set(band.path, await open(band.path, signal))
  }
  const ground = terrain ?? (await openSceneTerrain(recipe, open, caches.terrain, signal))
  const own = fullStackOf(recipe)
  const whole = own === null ? null : openFullStack(recipe, rasters.get(own)!, caches.bands)
  if (whole) return { stack: whole, covered: ground.covered }
  return {
    stack: openStack(recipe, { rasters, terrain: ground, cache: caches.bands }),
    covered: ground.covered,
  }
}
