import { AppError } from '../foundation/appError'
import type { Polygon } from '../scenes/polygons'
import type { RegionRuns } from './regions'

/** Vertices that one multipolygon may have: some 300 MB while it is made. */
const MOST_VERTICES = 4_000_000

/**
 * Outlines of an 8-connected region along the edges of its pixels, as one valid multipolygon: a polygon for each of its
 * 4-connected pieces, in reading order, its outside first, then its holes.
 *
 * Where two of the region's pixels touch by a corner only, rings keep to their own pixel, so no polygon hangs together by
 * a point. A ring that comes to such a corner twice encloses a hole that touches the outside there: it is cut in two
 * (one ring would be invalid, GDAL#7369). Rings of one polygon touch in points at most, corners only are vertices, and
 * outsides run counter-clockwise, holes clockwise, on a map whose rows run south. Linear in runs.
 *
 * @returns rings in pixels of corners, not closed
 * @throws AppError `file-too-large` above four million vertices
 */
export function traceRuns(runs: RegionRuns): Polygon[] {
  const next = linkEdges(runs)
  refuseTooMany(runs, next)
  const pieces = piecesOf(runs)
  const polygons: number[][][] = []
  /** By the first run of a piece: the number of its polygon, one more than its index. */
  const numbers = new Int32Array(runs.begins.length)
  const walk = new RingWalk(runs, next)
  for (let edge = 0; edge < next.length; edge += 2) {
    if (walk.isDone(edge)) continue
    const piece = pieces[edge >> 1]!
    if (numbers[piece] === 0) numbers[piece] = polygons.push([])
    const polygon = polygons[numbers[piece]! - 1]!
    for (const ring of walk.ringsFrom(edge)) {
      if (ringArea(ring) > 0) polygon.unshift(ring)
      else polygon.push(ring)
    }
  }
  return polygons
}

/** Area in pixels: above 0 for outsides, below for holes. Exact. */
export function ringArea(ring: readonly number[]): number {
  let twice = 0
  for (let i = 0; i < ring.length; i += 2) {
    const next = (i + 2) % ring.length
    twice += ring[next]! * ring[i + 1]! - ring[i]! * ring[next + 1]!
  }
  return twice / 2
}

/** Set on an edge after which the ring comes through a corner where two pixels of the region touch. */
const SADDLE_HERE = 1
const SADDLE_THERE = 2

interface EdgeLinks {
  length: number
  /** Edge that follows in its ring. */
  to: Int32Array
  saddles: Uint8Array
}

/**
 * Upright edges of pixels and how rings lead from one to the next. Run i has its left edge as 2 i, which leads down, and
 * its right edge as 2 i + 1, which leads up: the region lies to the left of who walks. Between two edges a ring runs along
 * a row's border, or straight on.
 */
function linkEdges({ rows, begins, ends }: RegionRuns): EdgeLinks {
  const to = new Int32Array(begins.length * 2)
  const saddles = new Uint8Array(begins.length * 2)
  const last = rows.length - 2
  for (let row = 0; row <= last; row++) {
    const first = rows[row]!
    const end = rows[row + 1]!
    // Left edges: what lies below decides.
    const belowEnd = row < last ? rows[row + 2]! : end
    let below = end
    for (let run = first; run < end; run++) {
      const x = begins[run]!
      while (below < belowEnd && ends[below]! <= x) below++
      const isSaddle = below > end && ends[below - 1] === x
      const edge = run * 2
      if (below < belowEnd && begins[below]! <= x) {
        const isBlocked = run > first && ends[run - 1]! > begins[below]!
        to[edge] = isBlocked ? (run - 1) * 2 + 1 : below * 2
        if (!isBlocked && run > first && ends[run - 1] === begins[below]) saddles[edge]! |= SADDLE_THERE
      } else {
        const isOver = below < belowEnd && begins[below]! < ends[run]!
        to[edge] = isOver ? below * 2 : run * 2 + 1
        if (isSaddle) saddles[edge]! |= SADDLE_HERE
        if (below < belowEnd && begins[below] === ends[run]) saddles[edge]! |= SADDLE_THERE
      }
    }
    // Right edges: what lies above, from the right to the left.
    const aboveFirst = row > 0 ? rows[row - 1]! : first
    let above = first - 1
    for (let run = end - 1; run >= first; run--) {
      const x = ends[run]!
      while (above >= aboveFirst && begins[above]! >= x) above--
      const isSaddle = above < first - 1 && begins[above + 1] === x
      const edge = run * 2 + 1
      if (above >= aboveFirst && ends[above]! >= x) {
        const isBlocked = run + 1 < end && begins[run + 1]! < ends[above]!
        to[edge] = isBlocked ? (run + 1) * 2 : above * 2 + 1
        if (!isBlocked && run + 1 < end && begins[run + 1] === ends[above]) saddles[edge]! |= SADDLE_THERE
      } else {
        const isOver = above >= aboveFirst && ends[above]! > begins[run]!
        to[edge] = isOver ? above * 2 + 1 : run * 2
        if (isSaddle) saddles[edge]! |= SADDLE_HERE
        if (above >= aboveFirst && ends[above] === begins[run]) saddles[edge]! |= SADDLE_THERE
      }
    }
  }
  return { length: to.length, to, saddles }
}

/** Before any ring is made. */
function refuseTooMany(runs: RegionRuns, { to, length }: EdgeLinks): void {
  let vertices = 0
  for (let edge = 0; edge < length; edge++)
    if (columnOf(runs, edge) !== columnOf(runs, to[edge]!)) vertices += 2
  if (vertices <= MOST_VERTICES) return
  throw new AppError(
    'file-too-large',
    `A landslide of this mask has an outline of more than ${MOST_VERTICES / 1e6} million corners. Clean the mask up ` +
      '(remove specks, fill holes) or choose a higher threshold, then try again.',
  )
}

function columnOf({ begins, ends }: RegionRuns, edge: number): number {
  return edge % 2 === 0 ? begins[edge >> 1]! : ends[edge >> 1]!
}

/** First run of the 4-connected piece of every run. */
function piecesOf({ rows, begins, ends }: RegionRuns): Int32Array {
  const parents = Int32Array.from(begins, (_, run) => run)
  const rootOf = (run: number) => {
    let at = run
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!
      at = parents[at]!
    }
    return at
  }
  for (let row = 1; row + 1 < rows.length; row++) {
    let above = rows[row - 1]!
    const aboveEnd = rows[row]!
    for (let run = aboveEnd; run < rows[row + 1]!; run++) {
      while (above < aboveEnd && ends[above]! <= begins[run]!) above++
      for (let other = above; other < aboveEnd && begins[other]! < ends[run]!; other++) {
        const a = rootOf(other)
        const b = rootOf(run)
        if (a < b) parents[b] = a
        else parents[a] = b
      }
    }
  }
  for (let run = 0; run < parents.length; run++) parents[run] = rootOf(run)
  return parents
}

/** Follows the links of edges, each once. */
class RingWalk {
  private readonly done: Uint8Array
  private readonly rowOf: Int32Array

  constructor(
    private readonly runs: RegionRuns,
    private readonly links: EdgeLinks,
  ) {
    this.done = new Uint8Array(links.length)
    this.rowOf = new Int32Array(runs.begins.length)
    for (let row = 0; row + 1 < runs.rows.length; row++) {
      this.rowOf.fill(runs.top + row, runs.rows[row], runs.rows[row + 1])
    }
  }

  isDone(edge: number): boolean {
    return this.done[edge] === 1
  }

  /** The ring of an edge; several where it touches itself. */
  ringsFrom(start: number): number[][] {
    const { to, saddles } = this.links
    const rings: number[][] = []
    let ring: number[] = []
    /** Where in the ring a corner is that may come again. */
    const seen = new Map<number, number>()
    const add = (x: number, y: number, isSaddle: boolean) => {
      if (isSaddle) {
        const key = y * SIDE + x
        const at = seen.get(key)
        if (at !== undefined) {
          const loop = ring.slice(at)
          ring = shortened(ring, at)
          for (let i = 0; i < loop.length; i += 2) seen.delete(loop[i + 1]! * SIDE + loop[i]!)
          rings.push(loop)
        }
        seen.set(key, ring.length)
      }
      ring.push(x, y)
    }
    let edge = start
    do {
      this.done[edge] = 1
      const following = to[edge]!
      const x = columnOf(this.runs, edge)
      const toX = columnOf(this.runs, following)
      if (x !== toX) {
        const y = this.rowOf[edge >> 1]! + (edge % 2 === 0 ? 1 : 0)
        add(x, y, (saddles[edge]! & SADDLE_HERE) !== 0)
        add(toX, y, (saddles[edge]! & SADDLE_THERE) !== 0)
      }
      edge = following
    } while (edge !== start)
    rings.push(ring)
    return rings
  }
}

/** More than any raster has rows or columns. */
const SIDE = 2 ** 26

function shortened(ring: number[], length: number): number[] {
  ring.length = length
  return ring
}
