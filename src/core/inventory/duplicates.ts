import { throwIfAborted } from '../foundation/appError'
import { yieldToEventLoop } from '../foundation/job'
import type { AffineTransform, PixelWindow } from '../raster/rasterSource'
import { areaMask, type Polygon } from '../scenes/polygons'
import { type PointTransform, pointTransform, projectionOf } from '../scenes/projection'

/** A raster of which landslides are compared with those of others. */
export interface PlacedRaster {
  name: string
  /** "EPSG:32633" */
  crs: string
  transform: AffineTransform
  /** ISO 8601; null: not known. */
  sensed: string | null
}

/** A landslide in its raster. */
export interface PlacedLandslide {
  /** Its raster, by index. */
  raster: number
  number: number
  window: PixelWindow
  /** Pixels, and square metres. */
  pixels: number
  area: number
  /** In the raster's pixel corners. */
  polygons: readonly Polygon[]
}

/** From this share of the smaller of two on, they are one landslide that was mapped twice. */
export const SAME_FROM = 0.5

/** Sides of the squares in which landslides are looked for, degrees. */
const SQUARE = 0.02

/**
 * Landslides that several rasters show, where these overlap: of each group one is kept, the largest; of equal ones that of the
 * later raster, then by name and number. Two are the same where at least half of the smaller one's pixel centres lie in the
 * other, in whatever coordinate system either is; groups are closed under that, so that two parts in one raster and the
 * whole in another are one. Neither the order of the rasters nor that of the landslides matters.
 *
 * @returns by landslide, the index of the one that stands for it: its own where it is kept
 * @throws AppError `file-unsupported` for a coordinate system that is not known, `aborted`
 */
export async function findDuplicates(
  rasters: readonly PlacedRaster[],
  landslides: readonly PlacedLandslide[],
  signal?: AbortSignal,
): Promise<Int32Array> {
  const world = await projectionOf({ crs: 'EPSG:4326', geoKeys: null }, 'the world')
  const systems = new Map<string, { out: PointTransform; back: PointTransform }>()
  for (const { crs, name } of rasters) {
    if (systems.has(crs)) continue
    const own = await projectionOf({ crs, geoKeys: null }, `"${name}"`)
    systems.set(crs, { out: await pointTransform(own, world), back: await pointTransform(world, own) })
  }
  const boxes = landslides.map(({ raster, window }) => boxInDegrees(rasters[raster]!, window, systems))
  const parents = Int32Array.from(landslides, (_, index) => index)
  const masks = new Map<number, Uint8Array>()
  const maskOf = (index: number) => {
    const known = masks.get(index)
    if (known) return known
    const { polygons, window } = landslides[index]!
    const mask = areaMask(polygons)(window)
    // Neighbours are compared one after the other; what lies further back is made again if it is needed.
    if (masks.size >= 64) masks.delete(masks.keys().next().value!)
    masks.set(index, mask)
    return mask
  }
  let compared = 0
  for (const [a, b] of nearPairs(landslides, boxes)) {
    if (compared++ % 256 === 0) {
      throwIfAborted(signal)
      await yieldToEventLoop()
    }
    const [small, large] = landslides[a]!.area <= landslides[b]!.area ? [a, b] : [b, a]
    if (shareInside(small, large) >= SAME_FROM) join(parents, a, b)
  }
  return keptOf(parents)

  /** Share of a landslide's pixel centres that lie in another. */
  function shareInside(one: number, other: number): number {
    const { raster, window, pixels } = landslides[one]!
    const { raster: otherRaster, window: around } = landslides[other]!
    const from = rasters[raster]!
    const to = rasters[otherRaster]!
    const inside = maskOf(one)
    const target = maskOf(other)
    const sameSystem = from.crs === to.crs
    const [ox, dx, xTurn, oy, yTurn, dy] = to.transform
    const determinant = dx * dy - xTurn * yTurn
    let hits = 0
    for (let row = 0; row < window.height; row++) {
      for (let column = 0; column < window.width; column++) {
        if (inside[row * window.width + column] === 0) continue
        let [x, y] = mapPoint(from.transform, window.column + column + 0.5, window.row + row + 0.5)
        if (!sameSystem) {
          ;[x, y] = systems.get(from.crs)!.out(x, y)
          ;[x, y] = systems.get(to.crs)!.back(x, y)
        }
        const left = ((x - ox) * dy - (y - oy) * xTurn) / determinant
        const down = ((y - oy) * dx - (x - ox) * yTurn) / determinant
        const atColumn = Math.floor(left) - around.column
        const atRow = Math.floor(down) - around.row
        if (atColumn < 0 || atRow < 0 || atColumn >= around.width || atRow >= around.height) continue
        hits += target[atRow * around.width + atColumn]!
      }
    }
    return hits / pixels
  }

  function keptOf(roots: Int32Array): Int32Array {
    const kept = new Int32Array(landslides.length).fill(-1)
    for (let index = 0; index < landslides.length; index++) {
      const root = rootOf(roots, index)
      const best = kept[root]!
      if (best < 0 || isBefore(index, best)) kept[root] = index
    }
    return Int32Array.from(landslides, (_, index) => kept[rootOf(roots, index)]!)
  }

  function isBefore(a: number, b: number): boolean {
    const [one, other] = [landslides[a]!, landslides[b]!]
    if (one.area !== other.area) return one.area > other.area
    const [first, second] = [rasters[one.raster]!, rasters[other.raster]!]
    if (first.sensed !== second.sensed) return (first.sensed ?? '') > (second.sensed ?? '')
    if (first.name !== second.name) return first.name < second.name
    return one.number < other.number
  }
}

function mapPoint([x0, dx, xTurn, y0, yTurn, dy]: AffineTransform, x: number, y: number): [number, number] {
  return [x0 + dx * x + xTurn * y, y0 + yTurn * x + dy * y]
}

interface DegreeBox {
  west: number
  south: number
  east: number
  north: number
}

/** By the corners and the middles of the sides: windows of landslides are small against the curvature of any system. */
function boxInDegrees(
  { crs, transform }: PlacedRaster,
  { column, row, width, height }: PixelWindow,
  systems: ReadonlyMap<string, { out: PointTransform }>,
): DegreeBox {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity }
  for (const across of [0, 0.5, 1]) {
    for (const down of [0, 0.5, 1]) {
      const [lon, lat] = systems
        .get(crs)!
        .out(...mapPoint(transform, column + across * width, row + down * height))
      box.west = Math.min(box.west, lon)
      box.east = Math.max(box.east, lon)
      box.south = Math.min(box.south, lat)
      box.north = Math.max(box.north, lat)
    }
  }
  return box
}

/** Pairs of landslides of different rasters whose boxes meet, each once. */
function* nearPairs(
  landslides: readonly PlacedLandslide[],
  boxes: readonly DegreeBox[],
): Generator<[number, number]> {
  const squares = new Map<string, number[]>()
  for (const [index, box] of boxes.entries()) {
    const seen = new Set<number>()
    const to = (degrees: number) => Math.floor(degrees / SQUARE)
    for (let y = to(box.south); y <= to(box.north); y++) {
      for (let x = to(box.west); x <= to(box.east); x++) {
        const key = `${x} ${y}`
        const there = squares.get(key)
        if (!there) {
          squares.set(key, [index])
          continue
        }
        for (const other of there) {
          if (seen.has(other) || landslides[other]!.raster === landslides[index]!.raster) continue
          seen.add(other)
          const beside = boxes[other]!
          const meet =
            beside.west <= box.east &&
            beside.east >= box.west &&
            beside.south <= box.north &&
            beside.north >= box.south
          if (meet) yield [other, index]
        }
        there.push(index)
      }
    }
  }
}

function join(parents: Int32Array, one: number, other: number): void {
  const [a, b] = [rootOf(parents, one), rootOf(parents, other)]
  parents[Math.max(a, b)] = Math.min(a, b)
}

function rootOf(parents: Int32Array, index: number): number {
  let at = index
  while (parents[at] !== at) {
    parents[at] = parents[parents[at]!]!
    at = parents[at]!
  }
  return at
}
