import type { PixelPoint } from './pixelPoint'
import type { PixelSpans } from './pixelSpans'

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
