import { AppError } from '../foundation/appError'
import type { PixelWindow, SampleArray } from './rasterSource'

/** Throws `bad-argument` where a window is empty, fractional or leaves the raster. */
export function checkWindow(window: PixelWindow, width: number, height: number): void {
  const { column, row } = window
  const whole = [column, row, window.width, window.height].every(Number.isInteger)
  const inside = column >= 0 && row >= 0 && column + window.width <= width && row + window.height <= height
  if (!whole || !inside || window.width < 1 || window.height < 1) {
    throw new AppError(
      'bad-argument',
      `Window ${window.width} x ${window.height} at (${column}, ${row}) does not lie in ${width} x ${height} pixels.`,
    )
  }
}

/** Copies a window out of a row-major [height, width] plane; the plane itself where the window is all of it. */
export function cropWindow(
  plane: SampleArray,
  width: number,
  height: number,
  window: PixelWindow,
): SampleArray {
  checkWindow(window, width, height)
  if (window.width === width && window.height === height) return plane
  const cropped = plane.slice(0, window.width * window.height)
  for (let y = 0; y < window.height; y++) {
    const begin = (window.row + y) * width + window.column
    cropped.set(plane.subarray(begin, begin + window.width), y * window.width)
  }
  return cropped
}
