import { AppError } from '../foundation/appError'
import type { InputFile } from '../raster/inputFile'
import type { Georeference, PixelWindow } from '../raster/rasterSource'
import { type PolygonSet, placePolygons, polygonSet, projectionOfSet } from './placePolygons'
import { readPolygons } from './polygonFile'
import { areaMask, boxOf, type FoundPolygons, type Polygon } from './polygons'
import { pointTransform, projectionOf } from './projection'
import type { SceneGrid } from './scene'

/** An area of interest on a scene's grid. */
export interface Area {
  path: string
  /** Rings in the scene's pixels, of corners, cut to the scene and a little more. */
  polygons: readonly Polygon[]
  /** The scene's pixels that the area may touch. */
  bounds: PixelWindow
  /** 1 for pixels of a window whose centres lie inside, row-major; outside the scene too. */
  mask(window: PixelWindow): Uint8Array
}

/**
 * Reads an area of interest: polygons with holes; several are one area.
 *
 * @param beside files that may belong to it: a Shapefile's .prj
 * @throws AppError as `readPolygons`; `bad-argument` where it has no polygon or lies outside the scene, saying how far and
 * where
 */
export async function readArea(
  file: InputFile,
  grid: SceneGrid,
  { beside, signal }: { beside?: readonly InputFile[]; signal?: AbortSignal } = {},
): Promise<Area> {
  return placeArea(await readPolygons(file, { beside, signal }), file.path, grid)
}

/**
 * Outlines of the polygons of a file, in the coordinate system of a raster.
 *
 * @returns rings of x, y, x, y ..., without vertices that have no place there
 * @throws AppError as `readArea`, but for one that lies elsewhere
 */
export async function readOutlines(
  file: InputFile,
  georeference: Pick<Georeference, 'crs' | 'geoKeys'>,
  { beside, signal }: { beside?: readonly InputFile[]; signal?: AbortSignal } = {},
): Promise<number[][]> {
  const set = polygonSet(await readPolygons(file, { beside, signal }), file.path)
  const rings = set.polygons.flat()
  if (rings.length === 0) throw new AppError('bad-argument', `"${file.path}" has no polygon to draw.`)
  const own = await projectionOfSet(set, georeference.crs ?? undefined)
  const toMap = await pointTransform(own, await projectionOf(georeference, 'The map'))
  return rings.map(ring => {
    const placed: number[] = []
    for (let i = 0; i < ring.length; i += 2) {
      const [x, y] = toMap(ring[i]!, ring[i + 1]!)
      if (!Number.isNaN(x + y)) placed.push(x, y)
    }
    return placed
  })
}

/**
 * Puts polygons on a scene's grid, also those that were drawn.
 *
 * @throws AppError as `readArea`
 */
export async function placeArea(found: FoundPolygons, path: string, grid: SceneGrid): Promise<Area> {
  const set = polygonSet(found, path)
  if (set.polygons.length === 0) {
    throw new AppError('bad-argument', `"${path}" has no polygon. Give an area with at least one.`)
  }
  const placed = await placePolygons(set, { ...grid, geoKeys: null }, 'The scene')
  const bounds = boundsOf(placed, grid)
  const mask = areaMask(placed)
  if (!bounds) throw await elsewhere(set, grid)
  // Small enough to look at: a sliver between pixel centres is no area.
  if (bounds.width * bounds.height <= 2 ** 20 && !mask(bounds).includes(1)) {
    throw new AppError('bad-argument', `"${path}" covers no pixel of the scene: it is smaller than one.`)
  }
  return { path, polygons: placed, bounds, mask }
}

/** Pixels by which an edge on the border of two may miss it; far from every centre. */
const ROUNDING = 1e-6

function boundsOf(polygons: readonly Polygon[], grid: SceneGrid): PixelWindow | null {
  const [left, top, right, bottom] = boxOf(polygons.flat())
  const column = Math.max(0, Math.floor(left + ROUNDING))
  const row = Math.max(0, Math.floor(top + ROUNDING))
  const width = Math.min(grid.width, Math.ceil(right - ROUNDING)) - column
  const height = Math.min(grid.height, Math.ceil(bottom - ROUNDING)) - row
  return width > 0 && height > 0 ? { column, row, width, height } : null
}

const EARTH_KM = 6371
const WINDS = ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west']

/** Vertices that are looked at for the nearest one. */
const SAMPLES = 2000

async function elsewhere(set: PolygonSet, grid: SceneGrid): Promise<AppError> {
  const { path, polygons } = set
  const own = await projectionOfSet(set)
  const scene = await projectionOf({ crs: grid.crs, geoKeys: null }, 'The scene')
  const wgs84 = await projectionOf({ crs: 'EPSG:4326', geoKeys: null }, `"${path}"`)
  const [toDegrees, sceneToDegrees] = await Promise.all([
    pointTransform(own, wgs84),
    pointTransform(scene, wgs84),
  ])
  const [x0, dx, , y0, , dy] = grid.transform
  const middle = sceneToDegrees(x0 + (dx * grid.width) / 2, y0 + (dy * grid.height) / 2)
  const points = polygons
    .flat()
    .flatMap(ring => ring.flatMap((x, i) => (i % 2 === 0 ? [[x, ring[i + 1]!]] : [])))
  const step = Math.ceil(points.length / SAMPLES)
  let nearest = { km: Number.POSITIVE_INFINITY, wind: '' }
  for (let i = 0; i < points.length; i += step) {
    const place = toDegrees(points[i]![0]!, points[i]![1]!)
    const way = wayBetween(middle, place)
    if (way.km < nearest.km) nearest = way
  }
  const where = Number.isFinite(nearest.km)
    ? `about ${nearest.km < 10 ? nearest.km.toFixed(1) : Math.round(nearest.km).toLocaleString('en')} km ${nearest.wind} of the middle of the scene`
    : 'outside the scene'
  return new AppError(
    'bad-argument',
    `The area "${path}" lies elsewhere, ${where}. Give an area that the scene covers, or the scene of the area.`,
  )
}

function wayBetween(
  from: readonly [number, number],
  to: readonly [number, number],
): { km: number; wind: string } {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const [a, b] = [radians(from[1]), radians(to[1])]
  const east = radians(to[0] - from[0])
  const half = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(east / 2) ** 2
  const bearing = Math.atan2(
    Math.sin(east) * Math.cos(b),
    Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(east),
  )
  const wind = WINDS[(Math.round((bearing / Math.PI) * 4) + 8) % 8]!
  return { km: 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(half))), wind }
}
