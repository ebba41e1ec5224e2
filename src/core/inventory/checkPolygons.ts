import type { Polygon } from '../scenes/polygons'
import { ringArea } from './rings'

/** Something that makes a multipolygon invalid. */
export interface PolygonFault {
  what:
    | 'a ring has fewer than three corners'
    | 'a ring has no area, or runs the wrong way'
    | 'a corner comes twice'
    | 'edges cross or lie on each other'
    | 'a corner lies on an edge'
    | 'rings cross in a corner'
    | 'the inside is cut in two'
    | 'a hole lies outside its polygon'
    | 'polygons lie in each other'
  /** Rings that have part in it, counted over all polygons. */
  rings: number[]
  x: number
  y: number
}

/** Faults that are reported at most: enough to know which rings. */
const MOST_FAULTS = 1000

/**
 * Whether polygons in pixels make one valid multipolygon, by the rules of OGC Simple Features (06-103r4, 6.1.11 and 6.1.14)
 * and, so that rounding in another coordinate system cannot break it, a stricter one: rings touch in corners of both only.
 *
 * Exact for coordinates that are whole numbers below 2^25. Edges are compared with those of the same square of a grid.
 *
 * @param polygons rings not closed, outsides of positive `ringArea`, holes of negative
 * @returns [] where they are valid
 */
export function checkPolygons(polygons: readonly Polygon[]): PolygonFault[] {
  const check = new PolygonCheck(polygons)
  check.checkRings()
  if (check.faults.length === 0) check.checkEdges()
  // Whether a ring lies in another can be asked of rings that do not cross.
  if (check.faults.length === 0) check.checkNesting()
  return check.faults
}

/** A corner that several rings share: the corners before and behind it in each. */
interface Touch {
  ring: number
  before: readonly [number, number]
  behind: readonly [number, number]
}

class PolygonCheck {
  readonly faults: PolygonFault[] = []
  private readonly rings: (readonly number[])[]
  /** Polygon of each ring, and whether it is its outside. */
  private readonly polygonOf: number[] = []
  private readonly isOutside: boolean[] = []
  /** Edges: ring, and where in it the edge begins. */
  private readonly edgeRing: number[] = []
  private readonly edgeAt: number[] = []
  private readonly grid: Map<number, number[]>
  private readonly side: number

  constructor(polygons: readonly Polygon[]) {
    this.rings = polygons.flat()
    let length = 0
    polygons.forEach((polygon, at) => {
      polygon.forEach((ring, i) => {
        for (let k = 0; k < ring.length; k += 2) {
          this.edgeRing.push(this.polygonOf.length)
          this.edgeAt.push(k)
          const [x0, y0, x1, y1] = ends(ring, k)
          length += Math.abs(x1 - x0) + Math.abs(y1 - y0)
        }
        this.polygonOf.push(at)
        this.isOutside.push(i === 0)
      })
    })
    this.side = Math.max(1, Math.ceil(length / Math.max(1, this.edgeRing.length)))
    this.grid = new Map()
  }

  checkRings(): void {
    this.rings.forEach((ring, at) => {
      const [x, y] = [ring[0] ?? 0, ring[1] ?? 0]
      if (ring.length < 6) this.add('a ring has fewer than three corners', [at], x, y)
      else if (this.isOutside[at] ? !(ringArea(ring) > 0) : !(ringArea(ring) < 0)) {
        this.add('a ring has no area, or runs the wrong way', [at], x, y)
      }
    })
  }

  checkEdges(): void {
    this.fillGrid()
    for (const edges of this.grid.values()) {
      for (let i = 0; i < edges.length; i++) {
        for (let j = i + 1; j < edges.length; j++) this.compare(edges[i]!, edges[j]!)
        if (this.faults.length >= MOST_FAULTS) return
      }
    }
    this.checkCorners()
  }

  private fillGrid(): void {
    for (let edge = 0; edge < this.edgeRing.length; edge++) {
      const [x0, y0, x1, y1] = this.endsOf(edge)
      this.alongGrid(x0, y0, x1, y1, key => {
        const square = this.grid.get(key)
        if (square) square.push(edge)
        else this.grid.set(key, [edge])
      })
    }
  }

  /** Squares that an edge passes; of a slanted one, in each column of squares those between its ends there. */
  private alongGrid(x0: number, y0: number, x1: number, y1: number, visit: (key: number) => void): void {
    const { side } = this
    const [left, right] = [Math.min(x0, x1), Math.max(x0, x1)]
    for (let column = Math.floor(left / side); column <= Math.floor(right / side); column++) {
      const at = (x: number) => (x1 === x0 ? y0 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0))
      const a = x1 === x0 ? y0 : at(Math.max(left, column * side))
      const b = x1 === x0 ? y1 : at(Math.min(right, (column + 1) * side))
      // A little more, so that rounding skips no square.
      const first = Math.floor((Math.min(a, b) - 1e-6) / side)
      const last = Math.floor((Math.max(a, b) + 1e-6) / side)
      for (let row = first; row <= last; row++) visit(row * SQUARES + column)
    }
  }

  private compare(one: number, other: number): void {
    const [ax, ay, bx, by] = this.endsOf(one)
    const [cx, cy, dx, dy] = this.endsOf(other)
    if (Math.max(ax, bx) < Math.min(cx, dx) || Math.max(cx, dx) < Math.min(ax, bx)) return
    if (Math.max(ay, by) < Math.min(cy, dy) || Math.max(cy, dy) < Math.min(ay, by)) return
    const c = turn(ax, ay, bx, by, cx, cy)
    const d = turn(ax, ay, bx, by, dx, dy)
    const a = turn(cx, cy, dx, dy, ax, ay)
    const b = turn(cx, cy, dx, dy, bx, by)
    const rings = [this.edgeRing[one]!, this.edgeRing[other]!]
    if (c === 0 && d === 0) {
      // In one line: they may share an end and nothing more.
      const along = Math.abs(bx - ax) >= Math.abs(by - ay)
      const [a0, a1, c0, c1] = along ? [ax, bx, cx, dx] : [ay, by, cy, dy]
      const share =
        Math.min(Math.max(a0, a1), Math.max(c0, c1)) - Math.max(Math.min(a0, a1), Math.min(c0, c1))
      if (share > 0) this.add('edges cross or lie on each other', rings, cx, cy)
      return
    }
    if (c !== 0 && d !== 0 && a !== 0 && b !== 0) {
      if (c > 0 !== d > 0 && a > 0 !== b > 0) this.add('edges cross or lie on each other', rings, cx, cy)
      return
    }
    // An end on the other edge, where it is not an end of that too.
    if (c === 0 && isBetween(ax, ay, bx, by, cx, cy)) this.add('a corner lies on an edge', rings, cx, cy)
    else if (d === 0 && isBetween(ax, ay, bx, by, dx, dy)) this.add('a corner lies on an edge', rings, dx, dy)
    else if (a === 0 && isBetween(cx, cy, dx, dy, ax, ay)) this.add('a corner lies on an edge', rings, ax, ay)
    else if (b === 0 && isBetween(cx, cy, dx, dy, bx, by)) this.add('a corner lies on an edge', rings, bx, by)
  }

  /** Corners that come more than once: touching is fine, crossing is not, nor is a chain of holes that cuts the inside. */
  private checkCorners(): void {
    const places = new Map<number, Touch[]>()
    this.rings.forEach((ring, at) => {
      for (let k = 0; k < ring.length; k += 2) {
        const key = ring[k + 1]! * SQUARES + ring[k]!
        const last = (k + ring.length - 2) % ring.length
        const next = (k + 2) % ring.length
        const touch: Touch = {
          ring: at,
          before: [ring[last]!, ring[last + 1]!],
          behind: [ring[next]!, ring[next + 1]!],
        }
        const others = places.get(key)
        if (others) others.push(touch)
        else places.set(key, [touch])
      }
    })
    // Rings and the corners that they share as a graph: a cycle of rings of one polygon encloses a part of its inside.
    const parents = this.rings.map((_, ring) => ring)
    const rootOf = (ring: number): number => {
      let at = ring
      while (parents[at] !== at) {
        parents[at] = parents[parents[at]!]!
        at = parents[at]!
      }
      return at
    }
    for (const [key, touches] of places) {
      if (touches.length < 2) continue
      const y = Math.round(key / SQUARES)
      const x = key - y * SQUARES
      for (let i = 0; i < touches.length; i++) {
        for (let j = i + 1; j < touches.length; j++) {
          const [one, other] = [touches[i]!, touches[j]!]
          const rings = [one.ring, other.ring]
          if (one.ring === other.ring) this.add('a corner comes twice', rings, x, y)
          else if (doCross(one, other, x, y)) this.add('rings cross in a corner', rings, x, y)
        }
      }
      const byPolygon = new Map<number, number>()
      for (const { ring } of touches) {
        const polygon = this.polygonOf[ring]!
        const first = byPolygon.get(polygon)
        if (first === undefined) byPolygon.set(polygon, ring)
        else if (rootOf(first) === rootOf(ring)) this.add('the inside is cut in two', [first, ring], x, y)
        else parents[rootOf(ring)] = rootOf(first)
      }
    }
  }

  checkNesting(): void {
    this.rings.forEach((ring, at) => {
      const { x, y, around } = this.around(ring, at)
      const polygon = this.polygonOf[at]!
      // Rings of another polygon come in pairs around one that lies in a hole of it.
      const depth = new Map<number, number>()
      for (const other of around) {
        const of = this.polygonOf[other]!
        depth.set(of, (depth.get(of) ?? 0) + 1)
      }
      const own = depth.get(polygon) ?? 0
      const isInOutside = around.some(other => this.polygonOf[other] === polygon && this.isOutside[other])
      if (this.isOutside[at] ? own > 0 : own !== 1 || !isInOutside) {
        this.add('a hole lies outside its polygon', [at], x, y)
      }
      if (!this.isOutside[at]) return
      for (const [of, count] of depth) {
        if (of !== polygon && count % 2 === 1) this.add('polygons lie in each other', [at], x, y)
      }
    })
  }

  /** Rings around a place just inside the first edge of a ring, but for that ring: those whose edges a ray to the left crosses an odd number of times. */
  private around(ring: readonly number[], self: number): { x: number; y: number; around: number[] } {
    // A place that no corner shares a row with: between whole numbers, on an edge that is not level.
    let at = 0
    for (let k = 0; k < ring.length; k += 2) {
      const [, y0, , y1] = ends(ring, k)
      if (y0 !== y1) {
        at = k
        break
      }
    }
    const [x0, y0, x1, y1] = ends(ring, at)
    const y = Math.floor(Math.min(y0, y1)) + 0.5
    const x = x0 + ((x1 - x0) * (y - y0)) / (y1 - y0)
    const counts = new Map<number, number>()
    const { side } = this
    const row = Math.floor(y / side)
    const seen = new Set<number>()
    for (let column = Math.floor(x / side); column >= this.firstColumn; column--) {
      for (const edge of this.grid.get(row * SQUARES + column) ?? []) {
        const of = this.edgeRing[edge]!
        if (of === self || seen.has(edge)) continue
        seen.add(edge)
        const [ax, ay, bx, by] = this.endsOf(edge)
        if (ay > y === by > y) continue
        if (ax + ((bx - ax) * (y - ay)) / (by - ay) < x) counts.set(of, (counts.get(of) ?? 0) + 1)
      }
    }
    return { x, y, around: [...counts].filter(([, count]) => count % 2 === 1).map(([other]) => other) }
  }

  private get firstColumn(): number {
    this.first ??= Math.floor(Math.min(...this.rings.map(ring => leastX(ring))) / this.side)
    return this.first
  }

  private first: number | undefined

  private endsOf(edge: number): readonly [number, number, number, number] {
    return ends(this.rings[this.edgeRing[edge]!]!, this.edgeAt[edge]!)
  }

  private add(what: PolygonFault['what'], rings: number[], x: number, y: number): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push({ what, rings, x, y })
  }
}

/** More squares, and whole coordinates, than a side has. */
const SQUARES = 2 ** 26

function ends(ring: readonly number[], at: number): readonly [number, number, number, number] {
  const next = (at + 2) % ring.length
  return [ring[at]!, ring[at + 1]!, ring[next]!, ring[next + 1]!]
}

function leastX(ring: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < ring.length; i += 2) least = Math.min(least, ring[i]!)
  return least
}

/** Above 0 where c lies to one side of the line from a to b, below 0 to the other, 0 on it. */
function turn(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number {
  return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
}

/** Whether a place on the line from a to b lies between the two, ends not counted. */
function isBetween(ax: number, ay: number, bx: number, by: number, x: number, y: number): boolean {
  return (x - ax) * (x - bx) + (y - ay) * (y - by) < 0
}

/** Whether two rings that share a corner change sides there: the arms of one part those of the other. */
function doCross(one: Touch, other: Touch, x: number, y: number): boolean {
  const inside = (arm: readonly [number, number]) => {
    const [ax, ay] = [one.before[0] - x, one.before[1] - y]
    const [bx, by] = [one.behind[0] - x, one.behind[1] - y]
    const [px, py] = [arm[0] - x, arm[1] - y]
    const ab = ax * by - ay * bx
    const ap = ax * py - ay * px
    const pb = px * by - py * bx
    // Whether the arm lies in the angle from `before` to `behind`, counted one way round.
    if (ab === 0) return ap > 0
    return ab > 0 ? ap > 0 && pb > 0 : !(ap <= 0 && pb <= 0)
  }
  return inside(other.before) !== inside(other.behind)
}
