import { AppError } from '../foundation/appError'
import type { AffineTransform, Georeference } from '../raster/rasterSource'
import {
  type Box,
  bentRing,
  boxOf,
  clipRing,
  type FoundPolygons,
  MOST_VERTICES,
  type Polygon,
} from './polygons'
import { type PointTransform, type Projection, pointTransform, projectionOf } from './projection'

/** Where pixels lie: a scene, a cell or a patch. */
export interface PixelGrid extends Pick<Georeference, 'crs' | 'geoKeys'> {
  /** Of a pixel's outer corner, as GDAL has it. */
  transform: AffineTransform
  width: number
  height: number
}

/** Polygons of a file with an area, and where each lies, in their own coordinate system. */
export interface PolygonSet {
  path: string
  polygons: readonly Polygon[]
  boxes: readonly Box[]
  crs: string | null
}

/** Pixels by which a straight edge of the file may bend on the grid before it is divided. */
const BEND = 0.25

/** Of polygons that are burnt at once and not kept: an event of 50,000 traced landslides has some four million. */
const MOST_BURNT_VERTICES = 20_000_000

/** Of the grid's size, kept around it: edges that the cut makes lie outside. */
const MARGIN = 0.05

/** Leaves out rings without an area: of fewer than three positions. One that is not closed is closed. */
export function polygonSet({ polygons, crs }: FoundPolygons, path: string): PolygonSet {
  const usable = polygons.map(usableRings).filter(rings => rings.length > 0)
  return { path, polygons: usable, boxes: usable.map(boxOf), crs }
}

function usableRings(polygon: Polygon): Polygon {
  return polygon
    .map(ring => {
      const end = ring.length - 2
      return end >= 2 && ring[0] === ring[end] && ring[1] === ring[end + 1] ? ring.slice(0, end) : ring
    })
    .filter(ring => ring.length >= 6)
}

/**
 * The coordinate system of polygons.
 *
 * @param wanted that a person should write them in where it is not known
 * @throws AppError `file-unsupported` where the file names none, or degrees are none
 */
export async function projectionOfSet(set: PolygonSet, wanted?: string): Promise<Projection> {
  if (!set.crs) {
    throw new AppError(
      'file-unsupported',
      `"${set.path}" does not say in which coordinate system it is. Say it: ogr2ogr -a_srs EPSG:<code> out.gpkg in.gpkg.`,
    )
  }
  const own = await projectionOf({ crs: set.crs, geoKeys: null }, `"${set.path}"`, wanted)
  if (own.isGeographic) refuseMetres(set)
  return own
}

function refuseMetres({ boxes, path }: PolygonSet): void {
  const [left, bottom, right, top] = boxOf(boxes)
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

/**
 * Puts polygons on a grid: rings in its pixels, of corners, cut to the grid and a little more. Those that lie elsewhere are
 * left out.
 *
 * `whole` leaves polygons in the grid's own coordinate system uncut: their corners are then GDAL's to the last bit, and
 * pixels whose centres lie on an edge fall to the same side. A cut moves the rest of its edge by rounding.
 *
 * @param what the grid is of, for messages: "The scene"
 * @throws AppError `file-unsupported` as `projectionOf`; `file-too-large` for too many vertices
 */
export async function placePolygons(
  set: PolygonSet,
  grid: PixelGrid,
  what: string,
  { whole = false }: { whole?: boolean } = {},
): Promise<Polygon[]> {
  const on = await projectionOf(grid, what)
  const own = await projectionOfSet(set, grid.crs ?? undefined)
  const toGrid = await pointTransform(own, on)
  const inverse = inverted(grid.transform)
  if (!inverse)
    throw new AppError('file-unsupported', `${what} has pixels of no size. Warp it: gdalwarp in.tif out.tif.`)
  const [p0, p1, p2, p3, p4, p5] = inverse
  const toPixels: PointTransform = (x, y) => {
    const [gridX, gridY] = toGrid(x, y)
    return [p0 + gridX * p1 + gridY * p2, p3 + gridX * p4 + gridY * p5]
  }
  const box = await gridBox(grid, on, own)
  const isCut = !whole || own.definition !== on.definition
  const placed: Polygon[] = []
  let vertices = 0
  for (const [i, polygon] of set.polygons.entries()) {
    for (const shift of own.isGeographic ? [-360, 0, 360] : [0]) {
      if (!overlap(set.boxes[i]!, box, shift)) continue
      const rings = polygon
        .map(ring => (shift === 0 ? ring : ring.map((value, j) => (j % 2 === 0 ? value + shift : value))))
        .map(ring => bentRing(isCut ? clipRing(ring, box) : ring, toPixels, BEND))
        .filter(ring => ring.length >= 6)
      vertices += rings.reduce((sum, ring) => sum + ring.length / 2, 0)
      if (vertices > (whole ? MOST_BURNT_VERTICES : 4 * MOST_VERTICES)) {
        throw new AppError(
          'file-too-large',
          `"${set.path}" has too many vertices. Simplify it: ogr2ogr -simplify 5 out in.`,
        )
      }
      if (rings.length > 0) placed.push(rings)
    }
  }
  return placed
}

/** Whether the box of all polygons touches a grid. @throws AppError as `placePolygons` */
export async function reachesGrid(set: PolygonSet, grid: PixelGrid, what: string): Promise<boolean> {
  if (set.boxes.length === 0) return false
  const on = await projectionOf(grid, what)
  const own = await projectionOfSet(set, grid.crs ?? undefined)
  const box = await gridBox(grid, on, own, 0)
  const all = boxOf(set.boxes)
  return (own.isGeographic ? [-360, 0, 360] : [0]).some(shift => overlap(all, box, shift))
}

function overlap(one: Box, other: Box, shift: number): boolean {
  return one[0] + shift <= other[2] && one[2] + shift >= other[0] && one[1] <= other[3] && one[3] >= other[1]
}

/** GDALInvGeoTransform; null where it has none. */
function inverted([x0, a, b, y0, c, d]: AffineTransform): AffineTransform | null {
  if (b === 0 && c === 0) return a === 0 || d === 0 ? null : [-x0 / a, 1 / a, 0, -y0 / d, 0, 1 / d]
  const determinant = a * d - b * c
  if (determinant === 0) return null
  return [
    (b * y0 - x0 * d) / determinant,
    d / determinant,
    -b / determinant,
    (-a * y0 + x0 * c) / determinant,
    -c / determinant,
    a / determinant,
  ]
}

/** The grid in another coordinate system, with a margin; longitudes without a jump. */
async function gridBox(grid: PixelGrid, on: Projection, other: Projection, margin = MARGIN): Promise<Box> {
  const toOther = await pointTransform(on, other)
  const [x0, dx, rx, y0, ry, dy] = grid.transform
  const at = (column: number, row: number) =>
    toOther(x0 + dx * column + rx * row, y0 + ry * column + dy * row)
  const points: number[] = []
  const [middle] = at(grid.width / 2, grid.height / 2)
  const steps = 16
  for (let i = 0; i <= steps; i++) {
    for (let j = 0; j <= steps; j++) {
      const share = (step: number) => -margin + (step / steps) * (1 + 2 * margin)
      const [x, y] = at(grid.width * share(i), grid.height * share(j))
      if (Number.isNaN(x + y)) continue
      points.push(other.isGeographic ? x - 360 * Math.round((x - middle) / 360) : x, y)
    }
  }
  return boxOf([points])
}
