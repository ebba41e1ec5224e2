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
