import type { PixelWindow } from '../raster/rasterSource'

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
