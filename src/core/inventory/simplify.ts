import type { Polygon } from '../scenes/polygons'
import { checkPolygons } from './checkPolygons'

export interface SimplifiedPolygons {
  polygons: Polygon[]
  /** Rings that have fewer corners than before. */
  simplified: number
  /** Rings that were left as they were, since without corners they would touch or cross another, or vanish. */
  keptExact: number
}

/** Whether an odd number of edges lies left of a place. */
function isInside(polygons: readonly Polygon[], [x, y]: readonly [number, number]): boolean {
  let isIn = false
  for (const ring of polygons.flat()) {
    for (let i = 0; i < ring.length; i += 2) {
      const next = (i + 2) % ring.length
      const [ax, ay, bx, by] = [ring[i]!, ring[i + 1]!, ring[next]!, ring[next + 1]!]
      if (ay > y !== by > y && ax + ((bx - ax) * (y - ay)) / (by - ay) < x) isIn = !isIn
    }
  }
  return isIn
}

/** Corners between two that stay, at most: bounds the time of hostile outlines. */
const CHUNK = 256

/** Times that rings at fault are put back before all are. */
const MOST_REPAIRS = 4

/**
 * Outlines with fewer corners, none further than `tolerance` from an edge of the result (Douglas and Peucker 1973). What is
 * left are corners of the exact outline; those that two rings share stay.
 *
 * The result is valid as the exact one is (`checkPolygons`): rings at fault are put back exact, first those, then all.
 * Outlines of different landslides are not compared: they may overlap by the tolerance.
 *
 * @param polygons exact ones, of `traceRuns`
 * @param tolerance in pixels, above 0
 * @param inside a place in them that has to stay inside, or all rings are exact
 */
export function simplifyPolygons(
  polygons: readonly Polygon[],
  tolerance: number,
  inside: readonly [number, number],
): SimplifiedPolygons {
  const exact = polygons.flat()
  const shared = sharedCorners(exact)
  const rings: (readonly number[])[] = exact.map(ring => simplifyRing(ring, tolerance, shared))
  // A ring of one straight line back and forth is none.
  const vanished = new Set(rings.flatMap((ring, at) => (ring.length < 6 ? [at] : [])))
  for (const at of vanished) rings[at] = exact[at]!
  const restored = new Set(vanished)
  for (let repair = 0; ; repair++) {
    const made = regrouped(polygons, rings)
    const faults = checkPolygons(made)
    const isChanged = (at: number) => rings[at]!.length < exact[at]!.length
    if (faults.length === 0 && isInside(made, inside)) {
      const simplified = rings.filter((_, at) => isChanged(at)).length
      return { polygons: made, simplified, keptExact: restored.size }
    }
    const wrong = faults.flatMap(fault => fault.rings).filter(isChanged)
    // Rings at fault that are exact already have another's edge in their way, which is unnamed where one lies in the other.
    const back = repair < MOST_REPAIRS && wrong.length > 0 ? wrong : [...rings.keys()].filter(isChanged)
    for (const at of back) {
      rings[at] = exact[at]!
      restored.add(at)
    }
  }
}

function regrouped(polygons: readonly Polygon[], rings: readonly (readonly number[])[]): Polygon[] {
  let at = 0
  return polygons.map(polygon => polygon.map(() => rings[at++]!))
}

const SIDE = 2 ** 26

function sharedCorners(rings: readonly (readonly number[])[]): Set<number> {
  const seen = new Set<number>()
  const shared = new Set<number>()
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      const key = ring[i + 1]! * SIDE + ring[i]!
      if (seen.has(key)) shared.add(key)
      else seen.add(key)
    }
  }
  return shared
}

function simplifyRing(ring: readonly number[], tolerance: number, shared: ReadonlySet<number>): number[] {
  const corners = ring.length / 2
  const stays = new Uint8Array(corners + 1)
  for (let i = 0; i < corners; i++) if (shared.has(ring[2 * i + 1]! * SIDE + ring[2 * i]!)) stays[i] = 1
  // Two corners of a ring have to stay, or there is no line to measure from: the first and the one furthest from it.
  stays[0] = stays[corners] = 1
  stays[furthest(ring)] = 1
  let from = 0
  for (let to = 1; to <= corners; to++) {
    if (stays[to] === 0 && to - from < CHUNK) continue
    stays[to] = 1
    keepFar(ring, from, to, tolerance, stays)
    from = to
  }
  const kept: number[] = []
  for (let i = 0; i < corners; i++) if (stays[i] === 1) kept.push(ring[2 * i]!, ring[2 * i + 1]!)
  return kept
}

function furthest(ring: readonly number[]): number {
  let [found, most] = [0, -1]
  for (let i = 0; i < ring.length; i += 2) {
    const far = (ring[i]! - ring[0]!) ** 2 + (ring[i + 1]! - ring[1]!) ** 2
    if (far > most) [found, most] = [i / 2, far]
  }
  return found
}

/** Marks the corners between two that lie too far from what is drawn without them. `to` may be the first again. */
function keepFar(
  ring: readonly number[],
  from: number,
  to: number,
  tolerance: number,
  stays: Uint8Array,
): void {
  const waiting = [from, to]
  while (waiting.length > 0) {
    const end = waiting.pop()!
    const begin = waiting.pop()!
    let [found, most] = [-1, tolerance * tolerance]
    for (let i = begin + 1; i < end; i++) {
      const far = squaredDistance(ring, i, begin, end)
      if (far > most) [found, most] = [i, far]
    }
    if (found < 0) continue
    stays[found] = 1
    waiting.push(begin, found, found, end)
  }
}

/** From a corner to the edge between two others. */
function squaredDistance(ring: readonly number[], at: number, from: number, to: number): number {
  const [x0, y0] = [ring[(2 * from) % ring.length]!, ring[(2 * from + 1) % ring.length]!]
  const [dx, dy] = [ring[(2 * to) % ring.length]! - x0, ring[(2 * to + 1) % ring.length]! - y0]
  const [px, py] = [ring[2 * at]! - x0, ring[2 * at + 1]! - y0]
  const length = dx * dx + dy * dy
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length))
  return (px - share * dx) ** 2 + (py - share * dy) ** 2
}
