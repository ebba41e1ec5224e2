import { AppError } from '../foundation/appError'
import type { Georeference } from '../raster/rasterSource'
import { type PointTransform, type Projection, pointTransform, projectionOf } from '../scenes/projection'
import { toPixels } from '../scenes/rasterMosaic'

/** A patch or a cell, and where it lies. */
export interface GroundPlace {
  id: string
  width: number
  height: number
  georeference: Georeference | null
  /** Cells of one scene share no ground; null: a patch by itself. */
  sceneId: string | null
}

/** West, south, east, north. */
type Box = readonly [number, number, number, number]

const WGS84 = { crs: 'EPSG:4326', geoKeys: null }

/** Points along an edge, between which a projection bends it by next to nothing at the size of a patch. */
const EDGE_POINTS = 8

/** Share of a box's size by which it may be too small all the same. */
const BEND = 0.01

/**
 * Which patches may share ground with one that comes before them. Those without a coordinate system share none that anybody
 * knows of, nor do those of a system that cannot be read.
 *
 * @param places in the order in which they own the ground
 * @returns by the id of the later one, the earlier ones in their order; patches that share none are left out
 */
export async function earlierOnGround(places: readonly GroundPlace[]): Promise<Map<string, GroundPlace[]>> {
  const boxed: { place: GroundPlace; rank: number; box: Box }[] = []
  const toDegrees = new Map<string, PointTransform | null>()
  const degrees = await projectionOf(WGS84, 'the ground')
  for (const [rank, place] of places.entries()) {
    const system = systemOf(place)
    if (system === null) continue
    if (!toDegrees.has(system)) {
      const own = await readable(place)
      toDegrees.set(system, own && (await pointTransform(own, degrees)))
    }
    const move = toDegrees.get(system)
    const box = move && boxOf(outlineOf(place, move))
    if (box) boxed.push({ place, rank, box })
  }
  const sharing = new Map<string, { place: GroundPlace; rank: number }[]>()
  // From west to east: only what is still open there can meet the next one.
  boxed.sort((a, b) => a.box[0] - b.box[0])
  let open: typeof boxed = []
  for (const one of boxed) {
    open = open.filter(({ box }) => box[2] > one.box[0])
    for (const other of open) {
      const meets = other.box[1] < one.box[3] && other.box[3] > one.box[1]
      const isOneScene = one.place.sceneId !== null && one.place.sceneId === other.place.sceneId
      if (!meets || isOneScene) continue
      const [first, later] = one.rank < other.rank ? [one, other] : [other, one]
      sharing.set(later.place.id, [...(sharing.get(later.place.id) ?? []), first])
    }
    open.push(one)
  }
  return new Map(
    [...sharing].map(([id, found]) => [id, found.sort((a, b) => a.rank - b.rank).map(({ place }) => place)]),
  )
}

/**
 * Marks the pixels of a patch whose centres lie on pixels of an earlier one that the map says something of.
 *
 * @param known of the earlier one, [height, width]: 0 where the map says nothing
 * @param covered of the patch, [height, width]: becomes 1
 */
export async function markCovered(
  place: GroundPlace,
  earlier: GroundPlace,
  known: Uint8Array,
  covered: Uint8Array,
): Promise<void> {
  const [own, other] = [await readable(place), await readable(earlier)]
  if (!own || !other) return
  const there = pixelTransform(place, earlier, await pointTransform(own, other))
  const back = pixelTransform(earlier, place, await pointTransform(other, own))
  const box = boxOf(edgesOf(earlier).map(([column, row]) => back(column, row)))
  if (!box) return
  const first = { column: Math.max(0, Math.floor(box[0])), row: Math.max(0, Math.floor(box[1])) }
  const last = {
    column: Math.min(place.width, Math.ceil(box[2])),
    row: Math.min(place.height, Math.ceil(box[3])),
  }
  for (let row = first.row; row < last.row; row++) {
    for (let column = first.column; column < last.column; column++) {
      const [x, y] = there(column + 0.5, row + 0.5).map(Math.floor) as [number, number]
      // Not a number fails, too.
      const isInside = x >= 0 && y >= 0 && x < earlier.width && y < earlier.height
      if (isInside && known[y * earlier.width + x] !== 0) covered[row * place.width + column] = 1
    }
  }
}

/** What tells coordinate systems apart; null: the patch has no place. */
function systemOf({ georeference }: GroundPlace): string | null {
  const { crs = null, geoKeys = null, transform = null } = georeference ?? {}
  if (!transform || (!crs && !geoKeys)) return null
  return crs ?? JSON.stringify(geoKeys)
}

async function readable({ id, georeference }: GroundPlace): Promise<Projection | null> {
  try {
    return await projectionOf(georeference, id)
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'file-unsupported') return null
    throw thrown
  }
}

/** Pixels along the edges of a patch, of corners. */
function edgesOf({ width, height }: GroundPlace): [number, number][] {
  return Array.from({ length: EDGE_POINTS + 1 }, (_, i) => i / EDGE_POINTS).flatMap(at => [
    [at * width, 0],
    [at * width, height],
    [0, at * height],
    [width, at * height],
  ])
}

function outlineOf(place: GroundPlace, move: PointTransform): (readonly [number, number])[] {
  const { transform } = place.georeference!
  const [x0, xColumn, xRow, y0, yColumn, yRow] = transform!
  return edgesOf(place).map(([column, row]) =>
    move(x0 + column * xColumn + row * xRow, y0 + column * yColumn + row * yRow),
  )
}

/** From pixels of one patch to those of another, of corners. */
function pixelTransform(from: GroundPlace, to: GroundPlace, move: PointTransform): PointTransform {
  const [x0, xColumn, xRow, y0, yColumn, yRow] = from.georeference!.transform!
  const target = to.georeference!.transform!
  return (column, row) => {
    const [x, y] = move(x0 + column * xColumn + row * xRow, y0 + column * yColumn + row * yRow)
    return toPixels(target, x, y)
  }
}

/** Around points, and a little more; null where one of them has no place. */
function boxOf(points: readonly (readonly [number, number])[]): Box | null {
  let [left, bottom, right, top] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return null
    left = Math.min(left, x)
    right = Math.max(right, x)
    bottom = Math.min(bottom, y)
    top = Math.max(top, y)
  }
  const [wide, high] = [BEND * (right - left), BEND * (top - bottom)]
  return [left - wide, bottom - high, right + wide, top + high]
}
