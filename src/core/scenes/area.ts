import { AppError } from '../foundation/appError'
import type { InputFile } from '../raster/inputFile'
import type { Georeference, PixelWindow } from '../raster/rasterSource'
import { parseGeoJson } from './geoJson'
import { readGeoPackage } from './geoPackage'
import {
  areaMask,
  type Box,
  boxOf,
  clipRing,
  type FoundPolygons,
  MOST_AREA_BYTES,
  MOST_VERTICES,
  type Polygon,
} from './polygons'
import { type PointTransform, type Projection, pointTransform, projectionOf } from './projection'
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

/** Pixels by which a straight edge of the file may bend on the scene's grid before it is divided. */
const BEND = 0.25

const MOST_DIVISIONS = 12

/** Of the scene's size, kept around it: edges that the cut makes lie outside. */
const MARGIN = 0.05

/**
 * Reads an area of interest: GeoJSON or GeoPackage, polygons with holes; several are one area.
 *
 * @throws AppError `file-malformed`, `file-unsupported`, `file-too-large`, `bad-argument` where it has no polygon or lies
 * outside the scene, saying how far and where; `aborted`
 */
export async function readArea(file: InputFile, grid: SceneGrid, signal?: AbortSignal): Promise<Area> {
  return placeArea(await readPolygons(file, signal), file.path, grid)
}

/** Polygons of a GeoJSON or a GeoPackage as they are stored. */
async function readPolygons(file: InputFile, signal?: AbortSignal): Promise<FoundPolygons> {
  const { path, size } = file
  if (size > MOST_AREA_BYTES) {
    throw new AppError(
      'file-too-large',
      `"${path}" has ${Math.round(size / 2 ** 20)} MB; an area of interest has at most ${MOST_AREA_BYTES / 2 ** 20} MB. ` +
        'Simplify it: ogr2ogr -simplify 5 out in.',
    )
  }
  const bytes = await file.slice(0, size)
  const isSqlite = new TextDecoder().decode(bytes.subarray(0, 15)) === 'SQLite format 3'
  return isSqlite ? readGeoPackage(bytes, path, signal) : parseGeoJson(new TextDecoder().decode(bytes), path)
}

/**
 * Outlines of the polygons of a GeoJSON or GeoPackage, in the coordinate system of a raster.
 *
 * @returns rings of x, y, x, y ..., without vertices that have no place there
 * @throws AppError as `readArea`, but for one that lies elsewhere
 */
export async function readOutlines(
  file: InputFile,
  georeference: Pick<Georeference, 'crs' | 'geoKeys'>,
  signal?: AbortSignal,
): Promise<number[][]> {
  const found = await readPolygons(file, signal)
  const rings = found.polygons.flatMap(usable)
  if (rings.length === 0) throw new AppError('bad-argument', `"${file.path}" has no polygon to draw.`)
  const own = await ownProjection(found, file.path, georeference.crs ?? undefined)
  if (own.isGeographic) refuseMetres([rings], file.path)
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

async function ownProjection(
  { crs }: FoundPolygons,
  path: string,
  wanted: string | undefined,
): Promise<Projection> {
  if (crs) return projectionOf({ crs, geoKeys: null }, `"${path}"`, wanted)
  throw new AppError(
    'file-unsupported',
    `"${path}" does not say in which coordinate system it is. Say it: ogr2ogr -a_srs EPSG:<code> out.gpkg in.gpkg.`,
  )
}

/**
 * Puts polygons on a scene's grid, also those that were drawn.
 *
 * @throws AppError as `readArea`
 */
export async function placeArea(found: FoundPolygons, path: string, grid: SceneGrid): Promise<Area> {
  const polygons = found.polygons.map(usable).filter(rings => rings.length > 0)
  if (polygons.length === 0) {
    throw new AppError('bad-argument', `"${path}" has no polygon. Give an area with at least one.`)
  }
  const scene = await projectionOf({ crs: grid.crs, geoKeys: null }, 'The scene')
  const own = await ownProjection(found, path, grid.crs)
  if (own.isGeographic) refuseMetres(polygons, path)
  const toScene = await pointTransform(own, scene)
  const [x0, dx, , y0, , dy] = grid.transform
  const toPixels: PointTransform = (x, y) => {
    const [sceneX, sceneY] = toScene(x, y)
    return [(sceneX - x0) / dx, (sceneY - y0) / dy]
  }
  const box = await sceneBox(grid, scene, own)
  const placed: Polygon[] = []
  let vertices = 0
  for (const polygon of polygons) {
    for (const shift of own.isGeographic ? [-360, 0, 360] : [0]) {
      const rings = polygon
        .map(ring => (shift === 0 ? ring : ring.map((value, i) => (i % 2 === 0 ? value + shift : value))))
        .map(ring => bent(clipRing(ring, box), toPixels))
        .filter(ring => ring.length >= 6)
      vertices += rings.reduce((sum, ring) => sum + ring.length / 2, 0)
      if (vertices > 4 * MOST_VERTICES) {
        throw new AppError(
          'file-too-large',
          `"${path}" has too many vertices. Simplify it: ogr2ogr -simplify 5 out in.`,
        )
      }
      if (rings.length > 0) placed.push(rings)
    }
  }
  const bounds = boundsOf(placed, grid)
  const mask = areaMask(placed)
  if (!bounds) throw await elsewhere(polygons, path, own, scene, grid)
  // Small enough to look at: a sliver between pixel centres is no area.
  if (bounds.width * bounds.height <= 2 ** 20 && !mask(bounds).includes(1)) {
    throw new AppError('bad-argument', `"${path}" covers no pixel of the scene: it is smaller than one.`)
  }
  return { path, polygons: placed, bounds, mask }
}

/** Rings with an area: of three positions or more. One that is not closed is closed. */
function usable(polygon: Polygon): Polygon {
  return polygon
    .map(ring => {
      const end = ring.length - 2
      return end >= 2 && ring[0] === ring[end] && ring[1] === ring[end + 1] ? ring.slice(0, end) : ring
    })
    .filter(ring => ring.length >= 6)
}

function refuseMetres(polygons: readonly Polygon[], path: string): void {
  const [left, bottom, right, top] = boxOf(polygons.flat())
  if (left >= -540 && right <= 540 && bottom >= -90.001 && top <= 90.001) return
  throw new AppError(
    'file-unsupported',
    `"${path}" should be in degrees, and has coordinates like ${short(right)}, ${short(top)}. ` +
      'Write it in WGS 84: ogr2ogr -t_srs EPSG:4326 out.geojson in.',
  )
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)))
}

/** The scene in another coordinate system, with a margin; longitudes without a jump. */
async function sceneBox(grid: SceneGrid, scene: Projection, other: Projection): Promise<Box> {
  const toOther = await pointTransform(scene, other)
  const [x0, dx, , y0, , dy] = grid.transform
  const points: number[] = []
  const [middle] = toOther(x0 + (dx * grid.width) / 2, y0 + (dy * grid.height) / 2)
  const steps = 16
  for (let i = 0; i <= steps; i++) {
    for (let j = 0; j <= steps; j++) {
      const share = (at: number) => -MARGIN + (at / steps) * (1 + 2 * MARGIN)
      const [x, y] = toOther(x0 + dx * grid.width * share(i), y0 + dy * grid.height * share(j))
      if (Number.isNaN(x + y)) continue
      points.push(other.isGeographic ? x - 360 * Math.round((x - middle) / 360) : x, y)
    }
  }
  return boxOf([points])
}

/** A ring on the grid, with more vertices where its edges bend there. */
function bent(ring: readonly number[], toPixels: PointTransform): number[] {
  const out: number[] = []
  for (let i = 0; i < ring.length; i += 2) {
    const next = (i + 2) % ring.length
    const from = toPixels(ring[i]!, ring[i + 1]!)
    const to = toPixels(ring[next]!, ring[next + 1]!)
    if (Number.isNaN(from[0] + from[1] + to[0] + to[1])) continue
    out.push(...from)
    divide(ring[i]!, ring[i + 1]!, from, ring[next]!, ring[next + 1]!, to, 0)
  }
  return out

  function divide(
    ax: number,
    ay: number,
    a: readonly [number, number],
    bx: number,
    by: number,
    b: readonly [number, number],
    depth: number,
  ): void {
    const [mx, my] = [(ax + bx) / 2, (ay + by) / 2]
    const middle = toPixels(mx, my)
    const bend = Math.hypot(middle[0] - (a[0] + b[0]) / 2, middle[1] - (a[1] + b[1]) / 2)
    if (!(bend > BEND) || depth >= MOST_DIVISIONS) return
    divide(ax, ay, a, mx, my, middle, depth + 1)
    out.push(...middle)
    divide(mx, my, middle, bx, by, b, depth + 1)
  }
}

function boundsOf(polygons: readonly Polygon[], grid: SceneGrid): PixelWindow | null {
  const [left, top, right, bottom] = boxOf(polygons.flat())
  const column = Math.max(0, Math.floor(left))
  const row = Math.max(0, Math.floor(top))
  const width = Math.min(grid.width, Math.ceil(right)) - column
  const height = Math.min(grid.height, Math.ceil(bottom)) - row
  return width > 0 && height > 0 ? { column, row, width, height } : null
}

const EARTH_KM = 6371
const WINDS = ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west']

/** Vertices that are looked at for the nearest one. */
const SAMPLES = 2000

async function elsewhere(
  polygons: readonly Polygon[],
  path: string,
  own: Projection,
  scene: Projection,
  grid: SceneGrid,
): Promise<AppError> {
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
