import type { PixelWindow } from '../raster/rasterSource'

/** A place on the raster in pixels: column 0..width, row 0..height, pixel (0, 0) covers 0..1. */
export interface PixelPoint {
  column: number
  row: number
}

/**
 * One segment of a brush stroke: sets every pixel whose centre lies within `radius` of the line from `from`
 * to `to`, so that what is painted is what the round cursor covered. The pixels under both ends are always
 * painted, so that the smallest brush never misses. Changes `mask` in place.
 *
 * @param mask [height, width] uint8
 * @param radius pixels; below 0.5 counts as 0.5, a brush of one pixel
 * @param value 0 background, 1 landslide, 255 ignore
 * @param valid [height, width]; pixels with 0 hold no data and keep their value
 * @returns the window that may have changed, null if the stroke lies outside the raster
 */
export function paintDisc(
  mask: Uint8Array,
  width: number,
  height: number,
  from: PixelPoint,
  to: PixelPoint,
  radius: number,
  value: 0 | 1 | 255,
  valid: Uint8Array | null = null,
): PixelWindow | null {
  const reach = Math.max(0.5, radius)
  const left = Math.max(0, Math.floor(Math.min(from.column, to.column) - reach))
  const right = Math.min(width - 1, Math.floor(Math.max(from.column, to.column) + reach))
  const top = Math.max(0, Math.floor(Math.min(from.row, to.row) - reach))
  const bottom = Math.min(height - 1, Math.floor(Math.max(from.row, to.row) + reach))
  if (left > right || top > bottom) return null

  const deltaColumn = to.column - from.column
  const deltaRow = to.row - from.row
  const lengthSquared = deltaColumn * deltaColumn + deltaRow * deltaRow
  const paint = (column: number, row: number) => {
    const index = row * width + column
    if (valid && valid[index] === 0) return
    mask[index] = value
  }
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const x = column + 0.5 - from.column
      const y = row + 0.5 - from.row
      const along =
        lengthSquared > 0 ? Math.min(1, Math.max(0, (x * deltaColumn + y * deltaRow) / lengthSquared)) : 0
      const dx = x - along * deltaColumn
      const dy = y - along * deltaRow
      if (dx * dx + dy * dy <= reach * reach) paint(column, row)
    }
  }
  for (const end of [from, to]) {
    const column = Math.floor(end.column)
    const row = Math.floor(end.row)
    if (column >= 0 && column < width && row >= 0 && row < height) paint(column, row)
  }
  return { column: left, row: top, width: right - left + 1, height: bottom - top + 1 }
}
