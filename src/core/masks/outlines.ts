import { AppError } from '../foundation/appError'
import type { PixelWindow } from '../raster/rasterSource'
import type { Components } from './components'

/** More segments than this make a path that is slower to draw than it helps to see. */
const MOST_SEGMENTS = 60_000

/**
 * Outlines a landslide along its pixels' edges, holes too.
 *
 * @returns SVG path in raster coordinates, as `regionOutline`, however long.
 * @throws AppError `bad-argument` if there is no landslide of that number.
 */
export function componentOutline({ labels, windows, width, height }: Components, number: number): string {
  const window = windows[number - 1]
  if (!window) throw new AppError('bad-argument', `There is no landslide ${number} on this mask.`)
  return edges(width, height, index => labels[index] === number, window, Number.POSITIVE_INFINITY)
}

/**
 * Outlines pixels along their edges; a path of very many segments is cut short.
 *
 * @param inside by row-major index; asked about pixels of the raster only
 * @param window where pixels may be inside
 * @param origin pixel of the raster that the path counts from
 * @returns SVG path in raster coordinates: pixel (0, 0) covers 0 to 1; edges in a line are one segment.
 */
export function regionOutline(
  width: number,
  height: number,
  inside: (index: number) => boolean,
  window = { column: 0, row: 0, width, height },
  origin = { column: 0, row: 0 },
): string {
  return edges(width, height, inside, window, MOST_SEGMENTS, origin)
}

function edges(
  width: number,
  height: number,
  inside: (index: number) => boolean,
  window: PixelWindow,
  mostSegments: number,
  origin = { column: 0, row: 0 },
): string {
  const parts: string[] = []
  const right = window.column + window.width
  const bottom = window.row + window.height
  const at = (column: number, row: number) =>
    column >= 0 && row >= 0 && column < width && row < height && inside(row * width + column)
  for (let row = window.row; row <= bottom && parts.length < mostSegments; row++) {
    let begun = -1
    for (let column = window.column; column <= right; column++) {
      const edge = column < right && at(column, row) !== at(column, row - 1)
      if (edge && begun < 0) begun = column
      if (!edge && begun >= 0) {
        parts.push(`M${begun - origin.column} ${row - origin.row}H${column - origin.column}`)
        begun = -1
      }
    }
  }
  for (let column = window.column; column <= right && parts.length < mostSegments; column++) {
    let begun = -1
    for (let row = window.row; row <= bottom; row++) {
      const edge = row < bottom && at(column, row) !== at(column - 1, row)
      if (edge && begun < 0) begun = row
      if (!edge && begun >= 0) {
        parts.push(`M${column - origin.column} ${begun - origin.row}V${row - origin.row}`)
        begun = -1
      }
    }
  }
  return parts.join('')
}
