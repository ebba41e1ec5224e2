import type { PixelWindow } from '../raster/rasterSource'

/** A place on the raster in pixels: column 0..width, row 0..height, pixel (0, 0) covers 0..1. */
export interface PixelPoint {
  column: number
  row: number
}

/** Pixels as horizontal runs, none of which crosses a row. */
export interface PixelSpans {
  /** Row-major index of each run's first pixel. */
  starts: number[]
  /** Pixels in each run. */
  lengths: number[]
}

/** Number of pixels in the runs. */
export function spanPixels({ lengths }: PixelSpans): number {
  return lengths.reduce((sum, length) => sum + length, 0)
}

/** The smallest window that holds all runs; null for none. */
export function spanWindow({ starts, lengths }: PixelSpans, width: number): PixelWindow | null {
  let [left, right, top, bottom] = [width, -1, Number.POSITIVE_INFINITY, -1]
  for (let run = 0; run < starts.length; run++) {
    const row = Math.floor(starts[run]! / width)
    const column = starts[run]! % width
    left = Math.min(left, column)
    right = Math.max(right, column + lengths[run]! - 1)
    top = Math.min(top, row)
    bottom = Math.max(bottom, row)
  }
  return right < 0 ? null : { column: left, row: top, width: right - left + 1, height: bottom - top + 1 }
}

/** Keeps a pixel whose centre lies on the brush's edge within the columns that are asked. */
const ROUNDING = 1e-6

/**
 * The pixels of one segment of a brush stroke: those whose centre lies within `radius` of the line from `from` to
 * `to`, so that what is painted is what the round cursor covered. The pixels under both ends are always among
 * them (and may be named twice), so that the smallest brush never misses.
 *
 * @param radius pixels; below 0.5 counts as 0.5, a brush of one pixel
 */
export function brushSpans(
  width: number,
  height: number,
  from: PixelPoint,
  to: PixelPoint,
  radius: number,
): PixelSpans {
  const reach = Math.max(0.5, radius)
  const spans: PixelSpans = { starts: [], lengths: [] }
  const deltaColumn = to.column - from.column
  const deltaRow = to.row - from.row
  const lengthSquared = deltaColumn * deltaColumn + deltaRow * deltaRow
  const covers = (column: number, row: number): boolean => {
    const x = column + 0.5 - from.column
    const y = row + 0.5 - from.row
    const along =
      lengthSquared > 0 ? Math.min(1, Math.max(0, (x * deltaColumn + y * deltaRow) / lengthSquared)) : 0
    const dx = x - along * deltaColumn
    const dy = y - along * deltaRow
    return dx * dx + dy * dy <= reach * reach
  }
  const top = Math.max(0, Math.floor(Math.min(from.row, to.row) - reach))
  const bottom = Math.min(height - 1, Math.floor(Math.max(from.row, to.row) + reach))
  for (let row = top; row <= bottom; row++) {
    const [near, far] = nearColumns(from, to, row + 0.5, reach + ROUNDING)
    let left = Math.max(0, Math.floor(near - reach))
    let right = Math.min(width - 1, Math.floor(far + reach))
    // What a brush covers of a row is one run: only its ends are to be found.
    while (left <= right && !covers(left, row)) left++
    while (right > left && !covers(right, row)) right--
    if (left > right) continue
    spans.starts.push(row * width + left)
    spans.lengths.push(right - left + 1)
  }
  for (const end of [from, to]) {
    const column = Math.floor(end.column)
    const row = Math.floor(end.row)
    if (column < 0 || column >= width || row < 0 || row >= height) continue
    spans.starts.push(row * width + column)
    spans.lengths.push(1)
  }
  return spans
}

/** Columns between which the line comes within `reach` of a height, so that a long slanting line costs little. */
function nearColumns(from: PixelPoint, to: PixelPoint, height: number, reach: number): [number, number] {
  const deltaRow = to.row - from.row
  let [first, last] = [0, 1]
  if (deltaRow !== 0) {
    const a = (height - reach - from.row) / deltaRow
    const b = (height + reach - from.row) / deltaRow
    first = Math.min(1, Math.max(0, Math.min(a, b)))
    last = Math.min(1, Math.max(0, Math.max(a, b)))
  }
  const columnAt = (share: number) => from.column + share * (to.column - from.column)
  const [a, b] = [columnAt(first), columnAt(last)]
  return [Math.min(a, b), Math.max(a, b)]
}

/**
 * The pixels whose centre lies inside a polygon, by the even-odd rule (what a line that crosses itself encloses
 * twice is outside), so that two polygons with a common edge share no pixel. The last vertex joins the first.
 *
 * @param vertices in pixels: pixel (0, 0) covers 0..1; may lie outside the raster
 */
export function polygonSpans(vertices: readonly PixelPoint[], width: number, height: number): PixelSpans {
  const spans: PixelSpans = { starts: [], lengths: [] }
  if (vertices.length < 3) return spans
  const rows = vertices.map(vertex => vertex.row)
  const top = Math.max(0, Math.floor(Math.min(...extent(rows))))
  const bottom = Math.min(height - 1, Math.ceil(Math.max(...extent(rows))))
  for (let row = top; row <= bottom; row++) {
    const crossings = rowCrossings(vertices, row + 0.5)
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      // Centres c + 0.5 with from <= c + 0.5 < to: left and upper edges belong to the polygon.
      const from = Math.max(0, Math.ceil(crossings[pair]! - 0.5))
      const to = Math.min(width - 1, Math.ceil(crossings[pair + 1]! - 0.5) - 1)
      if (from > to) continue
      spans.starts.push(row * width + from)
      spans.lengths.push(to - from + 1)
    }
  }
  return spans
}

/** Smallest and largest, without spreading a long lasso over the call stack. */
function extent(values: readonly number[]): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  return [least, most]
}

/** Columns at which the polygon's edges cross a height, ascending; an edge owns its upper end and not its lower. */
function rowCrossings(vertices: readonly PixelPoint[], height: number): number[] {
  const crossings: number[] = []
  for (let index = 0; index < vertices.length; index++) {
    const a = vertices[index]!
    const b = vertices[(index + 1) % vertices.length]!
    if (a.row <= height === b.row <= height) continue
    crossings.push(a.column + ((height - a.row) / (b.row - a.row)) * (b.column - a.column))
  }
  return crossings.sort((a, b) => a - b)
}

/**
 * The pixels that `belongs` and that are connected to the start through edges (four neighbours), as runs in no
 * particular order; none where the start does not belong or lies outside.
 *
 * @param belongs by row-major index; asked a few times a pixel at most
 * @param most pixels after which it stops, the last run whole
 */
export function floodFill(
  width: number,
  height: number,
  start: { column: number; row: number },
  belongs: (index: number) => boolean,
  most = Number.POSITIVE_INFINITY,
): PixelSpans {
  const spans: PixelSpans = { starts: [], lengths: [] }
  if (start.column < 0 || start.row < 0 || start.column >= width || start.row >= height) return spans
  const taken = new Uint8Array(width * height)
  const open = (index: number) => taken[index] === 0 && belongs(index)
  const seeds = [start.row * width + start.column]
  /** Seeds one pixel of each open run that touches the columns from..to of a row. */
  const seedRow = (row: number, from: number, to: number) => {
    if (row < 0 || row >= height) return
    let inside = false
    for (let column = from; column <= to; column++) {
      const index = row * width + column
      const next = open(index)
      if (next && !inside) seeds.push(index)
      inside = next
    }
  }
  let count = 0
  while (seeds.length > 0 && count < most) {
    const seed = seeds.pop()!
    if (!open(seed)) continue
    const row = Math.floor(seed / width)
    const rowStart = row * width
    let from = seed
    while (from > rowStart && open(from - 1)) from--
    let to = seed
    while (to < rowStart + width - 1 && open(to + 1)) to++
    taken.fill(1, from, to + 1)
    spans.starts.push(from)
    spans.lengths.push(to - from + 1)
    count += to - from + 1
    seedRow(row - 1, from - rowStart, to - rowStart)
    seedRow(row + 1, from - rowStart, to - rowStart)
  }
  return spans
}
