import type { PixelWindow } from './rasterSource'

/** The pixels that two windows share; null: none. */
export function windowOverlap(a: PixelWindow, b: PixelWindow): PixelWindow | null {
  const column = Math.max(a.column, b.column)
  const row = Math.max(a.row, b.row)
  const width = Math.min(a.column + a.width, b.column + b.width) - column
  const height = Math.min(a.row + a.height, b.row + b.height) - row
  return width > 0 && height > 0 ? { column, row, width, height } : null
}
