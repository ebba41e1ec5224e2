import type { Plane } from './warp'

/**
 * Slope by Horn's method (Horn 1981; `gdaldem slope`), in degrees.
 *
 * At the edge of the terrain, where cells are missing on one side, the surface is continued in a straight line, as
 * `gdaldem -compute_edges` does at the edge of a raster; a cell with too few neighbours for that has no slope.
 *
 * @param heights metres, NaN where there is none; one cell wider on each side than the result
 * @param cellX width of a cell on the ground, metres
 * @param cellY height of a cell on the ground by its row of the result, metres
 * @returns [height - 2, width - 2] degrees, NaN where there is none
 */
export function hornSlope(
  heights: Plane,
  cellX: (row: number) => number,
  cellY: (row: number) => number,
): Float32Array {
  const { values, width } = heights
  const columns = width - 2
  const rows = heights.height - 2
  const out = new Float32Array(columns * rows)
  const cells = new Float64Array(9)
  for (let row = 0; row < rows; row++) {
    const x = 8 * cellX(row)
    const y = 8 * cellY(row)
    for (let column = 0; column < columns; column++) {
      let missing = 0
      for (let i = 0; i < 9; i++) {
        const value = values[(row + Math.floor(i / 3)) * width + column + (i % 3)]!
        if (Number.isNaN(value)) missing++
        cells[i] = value
      }
      if (missing > 0) {
        if (Number.isNaN(cells[4]!)) {
          out[row * columns + column] = Number.NaN
          continue
        }
        continueStraight(cells)
      }
      const [a, b, c, d, , f, g, h, i] = cells as unknown as number[]
      const east = (c! + 2 * f! + i! - (a! + 2 * d! + g!)) / x
      const north = (g! + 2 * h! + i! - (a! + 2 * b! + c!)) / y
      out[row * columns + column] = (Math.atan(Math.hypot(east, north)) * 180) / Math.PI
    }
  }
  return out
}

/** Fills what is missing (NaN) among 3 x 3 cells from the two beside it in its row, its column or its diagonal. */
export function continueStraight(cells: Float64Array): void {
  // The corner of a corner cell needs what the first pass gives.
  for (let pass = 0; pass < 2; pass++) {
    const known = cells.slice()
    for (let i = 0; i < 9; i++) {
      if (!Number.isNaN(known[i]!)) continue
      const row = Math.floor(i / 3)
      const column = i % 3
      let value = Number.NaN
      if (column !== 1) value = 2 * known[row * 3 + 1]! - known[row * 3 + 2 - column]!
      if (Number.isNaN(value) && row !== 1) value = 2 * known[3 + column]! - known[(2 - row) * 3 + column]!
      if (Number.isNaN(value)) value = 2 * known[4]! - known[8 - i]!
      cells[i] = value
    }
  }
}
