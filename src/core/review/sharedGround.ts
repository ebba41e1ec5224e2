import { AppError } from '../foundation/appError'
import type { Georeference } from '../raster/rasterSource'
import { type PointTransform, type Projection, pointTransform, projectionOf } from '../scenes/projection'
import { toPixels } from '../scenes/rasterMosaic'
import { ControlGrid } from '../scenes/warp'

/** A part of a map, and where it lies: a patch, a cell, a strip of a raster. */
export interface GroundPlace {
  id: string
  width: number
  height: number
  georeference: Georeference | null
  /** Parts of one group share no ground, as the cells of a scene; null: it is in none. */
  group: string | null
}

/** West, south, east, north. */
type Box = readonly [number, number, number, number]

const WGS84 = { crs: 'EPSG:4326', geoKeys: null }

/** Points along an edge, between which a projection bends it by next to nothing at the size of a patch. */
const EDGE_POINTS = 8

/** Share of a box's size by which it may be too small all the same. */
const BEND = 0.01

/**
 * Which places share ground with one that comes before them: the centre of one of their pixels lies on it. Those without a coordinate system share none that anybody
 * knows of; those of a system that cannot be read share it with others of the same system only.
 *
 * @param places in the order in which they own the ground
 * @returns by the id of the later one, the earlier ones in their order; places that share none are left out
 */
export async function earlierOnGround(places: readonly GroundPlace[]): Promise<Map<string, GroundPlace[]>> {
  const boxed = await boxesOf(places)
  const sharing = new Map<string, { place: GroundPlace; rank: number }[]>()
  // From west to east: only what is still open there can meet the next one.
  boxed.sort((a, b) => a.box[0] - b.box[0])
  let open: typeof boxed = []
  for (const one of boxed) {
    open = open.filter(({ box }) => box[2] > one.box[0])
    for (const other of open) {
      const meets = other.box[1] < one.box[3] && other.box[3] > one.box[1]
      const isOneGroup = one.place.group !== null && one.place.group === other.place.group
      if (!meets || isOneGroup || one.units !== other.units) continue
      const [first, later] = one.rank < other.rank ? [one, other] : [other, one]
      // Boxes of neighbours meet, and those of turned grids are larger than these.
      const shared = sharedPixels(later.place, first.place, await movesBetween(later.place, first.place))
      if (shared.next().done) continue
      sharing.set(later.place.id, [...(sharing.get(later.place.id) ?? []), first])
    }
    open.push(one)
  }
  return new Map(
    [...sharing].map(([id, found]) => [id, found.sort((a, b) => a.rank - b.rank).map(({ place }) => place)]),
  )
}

/** A place among others, with the rectangle around it. */
interface Boxed {
  place: GroundPlace
  rank: number
  box: Box
  /** What the box is in: degrees, or a system that cannot be read. */
  units: string
}

async function boxesOf(places: readonly GroundPlace[]): Promise<Boxed[]> {
  const boxed: Boxed[] = []
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
    const box = boxOf(outlineOf(place, move ?? STAY))
    if (box) boxed.push({ place, rank, box, units: move ? 'degrees' : system })
  }
  return boxed
}

/** Places of a system that cannot be put beside the others', by id: whether they share ground with those is not known. */
export async function placesApart(places: readonly GroundPlace[]): Promise<Set<string>> {
  const apart = (await boxesOf(places)).filter(({ units }) => units !== 'degrees')
  const systems = new Set(places.map(systemOf).filter(system => system !== null))
  return new Set(systems.size > 1 ? apart.map(({ place }) => place.id) : [])
}

/**
 * Marks the pixels of a place whose centres lie on pixels of an earlier one that the map says something of. Centres are
 * moved by a grid of 16 pixels, which differs from moving each by less than a thousandth of a pixel in systems like UTM.
 *
 * @param known of the earlier one, [height, width]: 0 where the map says nothing
 * @param covered of the place, [height, width]: becomes 1
 */
export async function markCovered(
  place: GroundPlace,
  earlier: GroundPlace,
  known: Uint8Array,
  covered: Uint8Array,
): Promise<void> {
  for (const { own, other } of sharedPixels(place, earlier, await movesBetween(place, earlier))) {
    if (known[other] !== 0) covered[own] = 1
  }
}

/** Pixels of a place whose centres lie on another one, with the pixels there, both by index. */
function* sharedPixels(
  place: GroundPlace,
  other: GroundPlace,
  moves: { there: PointTransform; back: PointTransform } | null,
): Generator<{ own: number; other: number }> {
  if (!moves) return
  const box = boxOf(edgesOf(other).map(([column, row]) => moves.back(column, row)))
  if (!box) return
  const first = { column: Math.max(0, Math.floor(box[0])), row: Math.max(0, Math.floor(box[1])) }
  const last = {
    column: Math.min(place.width, Math.ceil(box[2])),
    row: Math.min(place.height, Math.ceil(box[3])),
  }
  if (first.column >= last.column || first.row >= last.row) return
  const window = { ...first, width: last.column - first.column, height: last.row - first.row }
  const grid = new ControlGrid(PIXELS, window, moves.there)
  const at = new Float64Array(2)
  const found = { own: 0, other: 0 }
  for (let row = first.row; row < last.row; row++) {
    for (let column = first.column; column < last.column; column++) {
      grid.place(column, row, at)
      const [x, y] = [Math.floor(at[0]!), Math.floor(at[1]!)]
      // Not a number fails, too.
      if (!(x >= 0 && y >= 0 && x < other.width && y < other.height)) continue
      found.own = row * place.width + column
      found.other = y * other.width + x
      yield found
    }
  }
}

/** Between the pixels of two places; null: one of their systems cannot be read. */
async function movesBetween(
  place: GroundPlace,
  other: GroundPlace,
): Promise<{ there: PointTransform; back: PointTransform } | null> {
  const pixels = (forth: PointTransform, back: PointTransform) => ({
    there: pixelTransform(place, other, forth),
    back: pixelTransform(other, place, back),
  })
  if (systemOf(place) === systemOf(other)) return pixels(STAY, STAY)
  const [from, to] = [await readable(place), await readable(other)]
  if (!from || !to) return null
  return pixels(await pointTransform(from, to), await pointTransform(to, from))
}

const STAY: PointTransform = (x, y) => [x, y]

/** A place's own pixels as a grid. */
const PIXELS = { x: 0, y: 0, dx: 1, dy: 1 }

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
