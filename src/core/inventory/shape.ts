import type { RegionRuns } from './regions'

/** A rectangle turned to fit: its longer side first. */
export interface OrientedBox {
  /** Lengths of its sides. */
  sides: readonly [number, number]
  /** Unit vectors along them. */
  axes: readonly [readonly [number, number], readonly [number, number]]
}

/**
 * Smallest rectangle by area around the pixels of a region, corners of pixels included. One of its sides lies on an edge of
 * the convex hull (Freeman and Shapira 1975), so each is tried.
 *
 * @param pixel size of a pixel along rows and columns
 */
export function orientedBox(runs: RegionRuns, pixel: { width: number; height: number }): OrientedBox {
  const hull = convexHull(runs, pixel)
  let best: OrientedBox | null = null
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < hull.length; i += 2) {
    const next = (i + 2) % hull.length
    const [dx, dy] = [hull[next]! - hull[i]!, hull[next + 1]! - hull[i + 1]!]
    const length = Math.hypot(dx, dy)
    const along = [dx / length, dy / length] as const
    const across = [-along[1], along[0]] as const
    const sides = [extent(hull, along), extent(hull, across)] as const
    const area = sides[0] * sides[1]
    // Rounding must not choose between boxes of one area.
    if (area >= least * (1 - 1e-9)) continue
    least = area
    best =
      sides[0] >= sides[1]
        ? { sides, axes: [along, across] }
        : { sides: [sides[1], sides[0]], axes: [across, along] }
  }
  return best!
}

function extent(points: readonly number[], [x, y]: readonly [number, number]): number {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < points.length; i += 2) {
    const at = points[i]! * x + points[i + 1]! * y
    if (at < least) least = at
    if (at > most) most = at
  }
  return most - least
}

/** Corners of the convex hull of a region's pixels in order around it (Andrew 1979), x, y, x, y ... */
function convexHull(
  { rows, begins, ends }: RegionRuns,
  { width, height }: { width: number; height: number },
): number[] {
  // Each border of a row has two points that matter; they come in the order of y.
  const lefts: number[] = []
  const rights: number[] = []
  for (let row = 0; row < rows.length; row++) {
    const spans = [row - 1, row].filter(one => one >= 0 && one < rows.length - 1)
    const left = Math.min(...spans.map(one => begins[rows[one]!]!))
    const right = Math.max(...spans.map(one => ends[rows[one + 1]! - 1]!))
    push(lefts, left * width, row * height, 1)
    push(rights, right * width, row * height, -1)
  }
  for (let i = rights.length - 2; i >= 0; i -= 2) lefts.push(rights[i]!, rights[i + 1]!)
  return lefts
}

/** Adds a point to a chain, and takes out those before it that it leaves inside. */
function push(chain: number[], x: number, y: number, side: 1 | -1): void {
  while (chain.length >= 4) {
    const [ax, ay, bx, by] = chain.slice(-4) as [number, number, number, number]
    const turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    if (turn * side < 0) break
    chain.length -= 2
  }
  chain.push(x, y)
}

/** A point inside a region: the middle of the widest run of its middle row, in pixels of corners. */
export function pointInside({ top, rows, begins, ends }: RegionRuns): readonly [number, number] {
  const row = Math.floor((rows.length - 1) / 2)
  let widest = rows[row]!
  for (let run = widest + 1; run < rows[row + 1]!; run++) {
    if (ends[run]! - begins[run]! > ends[widest]! - begins[widest]!) widest = run
  }
  return [(begins[widest]! + ends[widest]!) / 2, top + row + 0.5]
}

/** Whether a region has a pixel in a window. Rows of the window times the logarithm of their runs. */
export function reaches(
  { top, rows, begins, ends }: RegionRuns,
  window: { column: number; row: number; width: number; height: number },
): boolean {
  const first = Math.max(0, window.row - top)
  const last = Math.min(rows.length - 1, window.row + window.height - top)
  for (let row = first; row < last; row++) {
    // The first run that ends behind the window's left side.
    let [low, high] = [rows[row]!, rows[row + 1]!]
    while (low < high) {
      const middle = (low + high) >> 1
      if (ends[middle]! > window.column) high = middle
      else low = middle + 1
    }
    if (low < rows[row + 1]! && begins[low]! < window.column + window.width) return true
  }
  return false
}
