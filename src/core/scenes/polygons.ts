import type { PixelWindow } from '../raster/rasterSource'

/** Rings of x, y, x, y ... in some coordinate system; what lies in an odd number of them is inside. */
export type Polygon = readonly (readonly number[])[]

/** Polygons of one file, as stored. */
export interface FoundPolygons {
  polygons: Polygon[]
  /** "EPSG:4326", or null where the file names none. */
  crs: string | null
}

/** Polygons of one layer of a file. */
export interface PolygonLayer extends FoundPolygons {
  /** "landslides"; of a file that has no layers its own name without folders and ending. */
  name: string
}

/** Vertices that one area may have. */
export const MOST_VERTICES = 1_000_000

/** A rectangle: left, bottom, right, top. */
export type Box = readonly [number, number, number, number]

export function boxOf(rings: Iterable<readonly number[]>): Box {
  let [left, bottom, right, top] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      left = Math.min(left, ring[i]!)
      right = Math.max(right, ring[i]!)
      bottom = Math.min(bottom, ring[i + 1]!)
      top = Math.max(top, ring[i + 1]!)
    }
  }
  return [left, bottom, right, top]
}

/**
 * The part of a ring in a rectangle (Sutherland and Hodgman 1974). Where the ring leaves and comes back, edges run along
 * the rectangle's sides: they enclose nothing.
 */
export function clipRing(ring: readonly number[], [left, bottom, right, top]: Box): number[] {
  let points = ring as number[]
  for (const [axis, limit, sign] of [
    [0, left, 1],
    [0, right, -1],
    [1, bottom, 1],
    [1, top, -1],
  ] as const) {
    const kept: number[] = []
    for (let i = 0; i < points.length; i += 2) {
      const before = (i + points.length - 2) % points.length
      const [x, y, px, py] = [points[i]!, points[i + 1]!, points[before]!, points[before + 1]!]
      const here = (points[i + axis]! - limit) * sign
      const there = (points[before + axis]! - limit) * sign
      if (here >= 0 !== there >= 0) {
        const share = there / (there - here)
        const crossing = [px + (x - px) * share, py + (y - py) * share]
        crossing[axis] = limit
        kept.push(...crossing)
      }
      if (here >= 0) kept.push(x, y)
    }
    points = kept
  }
  return points
}

/** An edge is halved so often at most. */
const MOST_DIVISIONS = 12

/**
 * A ring moved to another system, with more vertices where its straight edges bend there. Edges to a vertex that has no
 * place there (NaN) are left out.
 *
 * @param move a point; `beside` is the one before it as moved, null for the first
 * @param bend from which the middle of an edge gets a vertex, in units of the other system
 */
export function bentRing(
  ring: readonly number[],
  move: (x: number, y: number, beside: Point | null) => Point,
  bend: number,
): number[] {
  const out: number[] = []
  if (ring.length === 0) return out
  const first = move(ring[0]!, ring[1]!, null)
  let from = first
  for (let i = 0; i < ring.length; i += 2) {
    const next = (i + 2) % ring.length
    const to = next === 0 ? first : move(ring[next]!, ring[next + 1]!, from)
    if (!Number.isNaN(from[0] + from[1] + to[0] + to[1])) {
      out.push(...from)
      divide(ring[i]!, ring[i + 1]!, from, ring[next]!, ring[next + 1]!, to, 0)
    }
    from = to
  }
  return out

  function divide(ax: number, ay: number, a: Point, bx: number, by: number, b: Point, depth: number): void {
    const [mx, my] = [(ax + bx) / 2, (ay + by) / 2]
    const middle = move(mx, my, a)
    const off = Math.hypot(middle[0] - (a[0] + b[0]) / 2, middle[1] - (a[1] + b[1]) / 2)
    if (!(off > bend) || depth >= MOST_DIVISIONS) return
    divide(ax, ay, a, mx, my, middle, depth + 1)
    out.push(...middle)
    divide(mx, my, middle, bx, by, b, depth + 1)
  }
}

type Point = readonly [x: number, y: number]

/**
 * An area's mask by its rings in the scene's pixels, as a scene of the project keeps them: 1 for pixels of a window whose
 * centres lie inside, row-major.
 */
export function areaMask(polygons: readonly Polygon[]): (window: PixelWindow) => Uint8Array {
  const boxes = polygons.map(boxOf)
  return window => {
    const out = new Uint8Array(window.width * window.height)
    polygons.forEach((polygon, i) => {
      const [left, top, right, bottom] = boxes[i]!
      const isNear =
        left < window.column + window.width &&
        right > window.column &&
        top < window.row + window.height &&
        bottom > window.row
      if (isNear) fillPolygon(polygon, out, window)
    })
    return out
  }
}

/**
 * Marks with 1 the pixels whose centres lie inside a polygon, as `gdal_rasterize` does to the pixel. A centre on an edge
 * belongs to the polygon on its left; of edges that run along centres, those at the bottom of a ring are burnt, be it the
 * outside or a hole (GDAL, alg/llrasterize.cpp, on a north-up grid).
 *
 * @param rings in pixels of corners
 * @param mask [height, width] of a window that begins at `column` and `row`
 */
export function fillPolygon(
  rings: Polygon,
  mask: Uint8Array,
  { column, row, width, height }: PixelWindow,
): void {
  const fill = (y: number, left: number, right: number) => {
    const from = Math.max(0, Math.floor(left + 0.5) - column)
    const to = Math.min(width, Math.floor(right + 0.5) - column)
    if (from < to) mask.fill(1, y * width + from, y * width + to)
  }
  const crossings: number[][] = []
  for (const ring of rings) {
    const isClockwise = doubleArea(ring) > 0
    for (let i = 0; i < ring.length; i += 2) {
      const next = (i + 2) % ring.length
      const upward = ring[i + 1]! > ring[next + 1]!
      // From top to bottom, so that an edge that two rings share is crossed at one place.
      const [x0, y0] = upward ? [ring[next]!, ring[next + 1]!] : [ring[i]!, ring[i + 1]!]
      const [x1, y1] = upward ? [ring[i]!, ring[i + 1]!] : [ring[next]!, ring[next + 1]!]
      if (y0 === y1) {
        const y = y0 - 0.5 - row
        const isBottom = isClockwise ? x0 > x1 : x0 < x1
        if (isBottom && Number.isInteger(y) && y >= 0 && y < height)
          fill(y, Math.min(x0, x1), Math.max(x0, x1))
        continue
      }
      const first = Math.max(0, Math.ceil(y0 - 0.5) - row)
      const last = Math.min(height - 1, Math.ceil(y1 - 0.5) - 1 - row)
      for (let y = first; y <= last; y++) {
        const x = x0 + ((row + y + 0.5 - y0) * (x1 - x0)) / (y1 - y0)
        crossings[y] ??= []
        crossings[y]!.push(x)
      }
    }
  }
  crossings.forEach((places, y) => {
    places.sort((a, b) => a - b)
    for (let i = 0; i + 1 < places.length; i += 2) fill(y, places[i]!, places[i + 1]!)
  })
}

/** Twice the area, above 0 for rings that run clockwise where y grows downwards. */
function doubleArea(ring: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < ring.length; i += 2) {
    const next = (i + 2) % ring.length
    sum += ring[i]! * ring[next + 1]! - ring[next]! * ring[i + 1]!
  }
  return sum
}
