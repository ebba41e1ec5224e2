/** Edges between pixels, as one SVG path in pixel coordinates: move and line commands along rows and columns. */
export interface RegionOutline {
  path: string
}

/** More edges than this make a path that is slower to draw than it helps to see. */
const MOST_EDGES = 60_000

/**
 * Outlines pixels along their edges.
 *
 * @param inside by row-major index; asked about pixels of the raster only
 * @param window where pixels may be inside
 */
export function regionOutline(
  width: number,
  height: number,
  inside: (index: number) => boolean,
  window = { column: 0, row: 0, width, height },
): RegionOutline {
  const parts: string[] = []
  const right = window.column + window.width
  const bottom = window.row + window.height
  const at = (column: number, row: number) =>
    column >= 0 && row >= 0 && column < width && row < height && inside(row * width + column)
  for (let row = window.row; row <= bottom && parts.length < MOST_EDGES; row++) {
    let begun = -1
    for (let column = window.column; column <= right; column++) {
      const edge = column < right && at(column, row) !== at(column, row - 1)
      if (edge && begun < 0) begun = column
      if (!edge && begun >= 0) {
        parts.push(`M${begun} ${row}H${column}`)
        begun = -1
      }
    }
  }
  for (let column = window.column; column <= right && parts.length < MOST_EDGES; column++) {
    let begun = -1
    for (let row = window.row; row <= bottom; row++) {
      const edge = row < bottom && at(column, row) !== at(column - 1, row)
      if (edge && begun < 0) begun = row
      if (!edge && begun >= 0) {
        parts.push(`M${column} ${begun}V${row}`)
        begun = -1
      }
    }
  }
  return { path: parts.join('') }
}
