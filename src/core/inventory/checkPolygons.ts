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

  /**
   * Goes through the rows between whole numbers from the top, along each from the left, and sees which rings are around
   * one when it comes up first. Edges that cross a row are sorted, so the time is that of all their heights.
   */
  checkNesting(): void {
    const seen = new Uint8Array(this.rings.length)
    let active: number[] = []
    const { rows, startingAt } = this.edgesByRow()
    let waiting = 0
    for (let row = rows[0] ?? 0; waiting < rows.length || active.length > 0; row++) {
      if (active.length === 0) row = rows[waiting]!
      if (rows[waiting] === row) {
        for (const edge of startingAt.get(row)!) active.push(edge)
        waiting++
      }
      const y = row + 0.5
      active = active.filter(edge => {
        const [, y0, , y1] = this.endsOf(edge)
        return Math.max(y0, y1) > y
      })
      const crossings = active
        .map(edge => ({ ring: this.edgeRing[edge]!, x: crossingAt(this.endsOf(edge), y) }))
        .sort((a, b) => a.x - b.x)
      this.checkRow(crossings, y, seen)
    }
  }

  private edgesByRow(): { rows: number[]; startingAt: Map<number, number[]> } {
    const startingAt = new Map<number, number[]>()
    for (let edge = 0; edge < this.edgeRing.length; edge++) {
      const [, y0, , y1] = this.endsOf(edge)
      if (y0 === y1) continue
      const row = Math.min(y0, y1)
      const others = startingAt.get(row)
      if (others) others.push(edge)
      else startingAt.set(row, [edge])
    }
    return { rows: [...startingAt.keys()].sort((a, b) => a - b), startingAt }
  }

  private checkRow(crossings: readonly { ring: number; x: number }[], y: number, seen: Uint8Array): void {
    /** Rings that are open here, and how many of each polygon. */
    const open = new Set<number>()
    const depth = new Map<number, number>()
    const outsides = new Set<number>()
    /** Polygons whose inside this is. */
    let inside = 0
    for (const { ring, x } of crossings) {
      const polygon = this.polygonOf[ring]!
      const isOutside = this.isOutside[ring]!
      const own = depth.get(polygon) ?? 0
      if (seen[ring] === 0) {
        seen[ring] = 1
        if (isOutside ? own > 0 : own !== 1 || !outsides.has(polygon)) {
          this.add('a hole lies outside its polygon', [ring], x, y)
        } else if (isOutside && inside > 0) this.add('polygons lie in each other', [ring], x, y)
      }
      const isLeft = open.delete(ring)
      if (!isLeft) open.add(ring)
      if (isOutside && isLeft) outsides.delete(polygon)
      else if (isOutside) outsides.add(polygon)
      depth.set(polygon, own + (isLeft ? -1 : 1))
      inside += own % 2 === 0 ? 1 : -1
    }
  }

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

function crossingAt([x0, y0, x1, y1]: readonly [number, number, number, number], y: number): number {
  return x0 + ((x1 - x0) * (y - y0)) / (y1 - y0)
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
