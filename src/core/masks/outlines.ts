import { AppError } from '../foundation/appError'
import type { Components } from './components'

/**
 * The edges between a landslide's pixels and everything else, as an SVG path in raster coordinates: pixel (0, 0) covers 0
 * to 1. Edges in a line are one segment.
 */
export function componentOutline({ labels, windows, width, height }: Components, number: number): string {
  const window = windows[number - 1]
  if (!window) throw new AppError('bad-argument', `There is no landslide ${number} on this mask.`)
  const right = window.column + window.width
  const bottom = window.row + window.height
  const isInside = (column: number, row: number) =>
    column >= 0 && column < width && row >= 0 && row < height && labels[row * width + column] === number
  const parts: string[] = []
  for (let row = window.row; row <= bottom; row++) {
    for (let column = window.column; column < right; column++) {
      if (isInside(column, row) === isInside(column, row - 1)) continue
      const begin = column
      while (column < right && isInside(column, row) !== isInside(column, row - 1)) column++
      parts.push(`M${begin} ${row}H${column}`)
    }
  }
  for (let column = window.column; column <= right; column++) {
    for (let row = window.row; row < bottom; row++) {
      if (isInside(column, row) === isInside(column - 1, row)) continue
      const begin = row
      while (row < bottom && isInside(column, row) !== isInside(column - 1, row)) row++
      parts.push(`M${column} ${begin}V${row}`)
    }
  }
  return parts.join('')
}
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
