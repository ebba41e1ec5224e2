import { AppError, throwIfAborted } from '../foundation/appError'
import { yieldToEventLoop } from '../foundation/job'
import type { PixelWindow, RasterSource } from '../raster/rasterSource'
import type { BlockCache } from './blockCache'
import { type PointTransform, type Projection, pointTransform, projectionOf } from './projection'
import { onOneGrid, type PlacedRaster, placedTransform, RasterMosaic, type ValueRange } from './rasterMosaic'
import { averagedLevel, reduced } from './reducedMosaic'
import type { SceneGrid } from './scene'
import { checkSlopeUnit } from './slopeUnit'
import { pixelSizeAt, type TerrainSurface, terrainSurface, warped } from './terrainSurface'
import type { Plane } from './warp'

/** Metres: the deepest trench and the highest mountain; beyond are no-data values that nobody declared. */
const HEIGHTS: ValueRange = { least: -12_000, most: 9_000 }

/** Percents and no-data values are looked at before they are refused. */
const SLOPES: ValueRange = { least: -1e4, most: 1e6 }

/** Vertical units of GeoTIFF in metres (EPSG 9001 to 9003). */
const VERTICAL_UNITS: Readonly<Record<number, number>> = { 9002: 0.3048, 9003: 1200 / 3937 }

/** Rows that are made at once. */
const ROWS = 64

/** Pixels of a window after which others get their turn: more than a window of a network has. */
const TURN_PIXELS = 2 ** 17

/** Points along a side of the scene at which `coverage` looks. */
const COVERAGE_POINTS = 16

/** Of a window of the scene, row-major. */
export interface ElevationWindow {
  /** Metres; NaN where not valid. */
  elevation: Float32Array
  /** Degrees; NaN where not valid. */
  slope: Float32Array
  /** 1 where both are known, else 0. */
  valid: Uint8Array
}

export interface Elevation {
  /** Metres between the cells that slope is computed on, a number for each of the grids that the rasters lie on. */
  postings: readonly number[]
  /**
   * Reads a window in the scene's pixels, which may leave the scene (a halo). The same pixel has the same values in every
   * window.
   *
   * @throws AppError what reading the rasters throws, `aborted`
   */
  read(window: PixelWindow, signal?: AbortSignal): Promise<ElevationWindow>
  /** What part of the scene has elevation (and a slope, where slopes are given), 0 to 1, from 16 x 16 points. */
  coverage(signal?: AbortSignal): Promise<number>
}

export interface ElevationSources {
  /** Elevation models, the first on top; any coordinate systems, postings and tiles. */
  rasters: readonly RasterSource[]
  grid: SceneGrid
  /** Slopes in degrees, used instead of those of the elevation models. */
  slope?: RasterSource | null
  cache: BlockCache
  signal?: AbortSignal
}

/**
 * Elevation and slope on a scene's grid.
 *
 * An elevation model is warped at its own posting (cubic), slope is computed there by Horn's method, and both are taken to
 * the scene's pixels by a bilinear kernel: the slope of a surface that was enlarged first has steps. A model in the
 * scene's coordinate system keeps its own cells; on the scene's grid its values are taken as they are. One that is finer
 * than the scene is averaged first.
 *
 * @throws AppError `file-unsupported` for a raster without a place, in a coordinate system that is not known or with more
 * than one band; `scale-unknown` for slopes that are not in degrees; `bad-argument` without rasters; `aborted`
 */
export async function openElevation({
  rasters,
  grid,
  slope,
  cache,
  signal,
}: ElevationSources): Promise<Elevation> {
  if (rasters.length === 0) throw new AppError('bad-argument', 'No elevation model is given.')
  const projection = await projectionOf({ crs: grid.crs, geoKeys: null }, 'The scene')
  if (projection.isGeographic) {
    throw new AppError(
      'file-unsupported',
      'The scene is in degrees. Warp it to a coordinate system in metres first, for example gdalwarp -t_srs EPSG:32633.',
    )
  }
  const toDegrees = await pointTransform(projection, await projectionOf(WGS84, 'The scene'))
  const [longitude] = toDegrees(...middleOf(grid))
  const placed = await Promise.all(
    rasters.map(raster => place(raster, 'an elevation model', grid, longitude)),
  )
  const surfaces: { surface: TerrainSurface; mosaic: RasterMosaic; toMosaic: PointTransform }[] = []
  for (const group of onOneGrid(placed)) {
    const mosaic = new RasterMosaic(group, cache, HEIGHTS)
    const toMosaic = await pointTransform(projection, mosaic.projection)
    surfaces.push({ surface: terrainSurface(mosaic, grid, projection, toMosaic, cache), mosaic, toMosaic })
  }
  const slopes = slope ? await openSlopes(slope, grid, projection, longitude, cache) : null

  const read = async (window: PixelWindow, within?: AbortSignal): Promise<ElevationWindow> => {
    const pixels = window.width * window.height
    const out: ElevationWindow = {
      elevation: new Float32Array(pixels).fill(Number.NaN),
      slope: new Float32Array(pixels).fill(Number.NaN),
      valid: new Uint8Array(pixels),
    }
    for (let top = 0; top < window.height; top += ROWS) {
      const rows = { ...window, row: window.row + top, height: Math.min(ROWS, window.height - top) }
      // What lies in the cache is sampled without ever waiting: a cancel has to be heard between rows of a whole scene.
      if (window.width * top >= TURN_PIXELS) await yieldToEventLoop()
      throwIfAborted(within)
      const given = slopes ? await slopes.read(rows, within) : null
      const begin = top * window.width
      const part = {
        elevation: out.elevation.subarray(begin, begin + rows.width * rows.height),
        slope: out.slope.subarray(begin, begin + rows.width * rows.height),
        valid: out.valid.subarray(begin, begin + rows.width * rows.height),
      }
      for (const { surface } of surfaces) {
        throwIfAborted(within)
        if (part.valid.every(valid => valid === 1)) break
        await sample(surface, rows, given, part, within)
      }
    }
    return out
  }

  const coverage = async (within?: AbortSignal): Promise<number> => {
    let covered = 0
    const [x0, dx, , y0, , dy] = grid.transform
    for (let j = 0; j < COVERAGE_POINTS; j++) {
      for (let i = 0; i < COVERAGE_POINTS; i++) {
        const x = x0 + (dx * grid.width * (i + 0.5)) / COVERAGE_POINTS
        const y = y0 + (dy * grid.height * (j + 0.5)) / COVERAGE_POINTS
        const has = async (mosaic: RasterMosaic, toMosaic: PointTransform) => {
          const [column, row] = mosaic.placeOf(...toMosaic(x, y)).map(Math.floor) as [number, number]
          if (Number.isNaN(column + row)) return false
          const { values } = await mosaic.read({ column, row, width: 1, height: 1 }, within)
          return !Number.isNaN(values[0])
        }
        if (slopes && !(await has(slopes.mosaic, slopes.toMosaic))) continue
        for (const { mosaic, toMosaic } of surfaces) {
          if (!(await has(mosaic, toMosaic))) continue
          covered++
          break
        }
      }
    }
    return covered / COVERAGE_POINTS ** 2
  }

  if (slopes) {
    const own = await openElevation({ rasters, grid, cache, signal })
    await checkSlopeUnit(
      slope!.path,
      grid,
      slopes.read,
      async (window, within) => (await own.read(window, within)).slope,
      signal,
    )
  }
  return { postings: surfaces.map(({ surface }) => surface.posting), read, coverage }
}

const WGS84 = { crs: 'EPSG:4326', geoKeys: null }

function middleOf({ transform, width, height }: SceneGrid): [number, number] {
  return [transform[0] + (transform[1] * width) / 2, transform[3] + (transform[5] * height) / 2]
}

/** @param longitude of the scene's middle, degrees: tiles on both sides of the 180th meridian are put side by side */
async function place(
  source: RasterSource,
  what: string,
  grid: SceneGrid,
  longitude: number,
): Promise<PlacedRaster> {
  const stored = placedTransform(source, what)
  const projection = await projectionOf(source.georeference, `"${source.path}"`, grid.crs)
  const transform = [...stored] as [number, number, number, number, number, number]
  if (projection.isGeographic && Number.isFinite(longitude)) {
    const turn = 360 / projection.degreesPerUnit
    const [x, dx] = stored
    const middle = x + (dx * source.width) / 2
    transform[0] = x - turn * Math.round((middle - longitude / projection.degreesPerUnit) / turn)
  }
  const unit = source.georeference?.geoKeys?.VerticalUnitsGeoKey
  return { source, projection, transform, scale: (typeof unit === 'number' && VERTICAL_UNITS[unit]) || 1 }
}

interface Slopes {
  mosaic: RasterMosaic
  toMosaic: PointTransform
  read(window: PixelWindow, signal?: AbortSignal): Promise<Float32Array>
}

/** A raster of slopes on the scene's pixels: bilinear, and averaged first where it is finer. */
async function openSlopes(
  source: RasterSource,
  grid: SceneGrid,
  projection: Projection,
  longitude: number,
  cache: BlockCache,
): Promise<Slopes> {
  const placed = await place(source, 'a raster of slopes', grid, longitude)
  const mosaic = new RasterMosaic([{ ...placed, scale: 1 }], cache, SLOPES)
  const toMosaic = await pointTransform(projection, mosaic.projection)
  const pixel = pixelSizeAt((x, y) => mosaic.placeOf(...toMosaic(x, y)), grid, source.path)
  const [x, dx, , y, , dy] = grid.transform
  const sides = { scene: Math.sqrt(dx * -dy), raster: Math.sqrt(pixel.x * pixel.y) }
  const level = averagedLevel(sides, source.path)
  const field = reduced(mosaic, level, cache)
  const factor = 2 ** level
  const heights = warped(
    field,
    { x, y, dx, dy },
    (px, py) => field.placeOf(...toMosaic(px, py)),
    'bilinear',
    [dx / (pixel.x * factor), -dy / (pixel.y * factor)],
  )
  return { mosaic, toMosaic, read: async (window, signal) => (await heights(window, signal)).values }
}

/** Fills pixels that are not valid yet from a surface. */
async function sample(
  surface: TerrainSurface,
  window: PixelWindow,
  given: Float32Array | null,
  out: ElevationWindow,
  signal?: AbortSignal,
): Promise<void> {
  const columns = Float64Array.from({ length: window.width }, (_, i) =>
    surface.cellOfColumn(window.column + i),
  )
  const rows = Float64Array.from({ length: window.height }, (_, i) => surface.cellOfRow(window.row + i))
  const column = Math.floor(columns[0]!)
  const row = Math.floor(rows[0]!)
  const cells = {
    column,
    row,
    width: Math.floor(columns.at(-1)!) + 2 - column,
    height: Math.floor(rows.at(-1)!) + 2 - row,
  }
  const { height, slope } = await surface.read(cells, given === null, signal)
  for (let y = 0, at = 0; y < window.height; y++) {
    for (let x = 0; x < window.width; x++, at++) {
      if (out.valid[at] === 1) continue
      const elevation = bilinear(height, columns[x]! - column, rows[y]! - row)
      const degrees = given ? given[at]! : bilinear(slope!, columns[x]! - column, rows[y]! - row)
      if (Number.isNaN(elevation) || Number.isNaN(degrees)) continue
      out.elevation[at] = elevation
      out.slope[at] = degrees
      out.valid[at] = 1
    }
  }
}

/** Between the four cells around a place; NaN where the cell that it lies in has no value, others are left out. */
function bilinear({ values, width }: Plane, u: number, v: number): number {
  const i = Math.floor(u)
  const j = Math.floor(v)
  const f = u - i
  const g = v - j
  const at = j * width + i
  if (f === 0 && g === 0) return values[at]!
  if (Number.isNaN(values[at + (g < 0.5 ? 0 : width) + (f < 0.5 ? 0 : 1)]!)) return Number.NaN
  let sum = 0
  let total = 0
  const add = (index: number, weight: number) => {
    const value = values[index]!
    if (weight === 0 || Number.isNaN(value)) return
    sum += weight * value
    total += weight
  }
  add(at, (1 - f) * (1 - g))
  add(at + 1, f * (1 - g))
  add(at + width, (1 - f) * g)
  add(at + width + 1, f * g)
  return sum / total
}
