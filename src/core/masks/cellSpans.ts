import type { PixelWindow } from '../raster/rasterSource'
import { windowOverlap } from '../raster/windowOverlap'
import { type PixelSpans, spanWindow } from './pixelSpans'

/** The smallest window that holds them all. */
export function aroundWindows(windows: readonly PixelWindow[]): PixelWindow {
  const column = Math.min(...windows.map(window => window.column))
  const row = Math.min(...windows.map(window => window.row))
  return {
    column,
    row,
    width: Math.max(...windows.map(window => window.column + window.width)) - column,
    height: Math.max(...windows.map(window => window.row + window.height)) - row,
  }
}

/** With this many pixels more on every side; it may leave the raster. */
export function widenedWindow(window: PixelWindow, by: number): PixelWindow {
  return {
    column: window.column - by,
    row: window.row - by,
    width: window.width + 2 * by,
    height: window.height + 2 * by,
  }
}

/**
 * Cuts runs of pixels of a raster into those of the cells that it is stored as, so that what is painted on several is
 * what would have been painted on one.
 *
 * @param spans by row-major index of the raster
 * @param width of the raster
 * @param cells windows of the raster; what none of them holds is left out
 * @returns runs by row-major index of each cell; cells without one are left out
 */
export function splitSpans<Cell extends { window: PixelWindow }>(
  spans: PixelSpans,
  width: number,
  cells: readonly Cell[],
): Map<Cell, PixelSpans> {
  const parts = new Map<Cell, PixelSpans>()
  const around = spanWindow(spans, width)
  // Of a scene's hundreds of cells a brush touches four.
  const near = around ? cells.filter(({ window }) => windowOverlap(window, around) !== null) : []
  const { starts, lengths } = spans
  for (let run = 0; run < starts.length; run++) {
    const row = Math.floor(starts[run]! / width)
    const from = starts[run]! - row * width
    const to = from + lengths[run]!
    for (const cell of near) {
      const { window } = cell
      const down = row - window.row
      if (down < 0 || down >= window.height) continue
      const first = Math.max(0, from - window.column)
      const end = Math.min(window.width, to - window.column)
      if (first >= end) continue
      let part = parts.get(cell)
      if (!part) {
        part = { starts: [], lengths: [] }
        parts.set(cell, part)
      }
      part.starts.push(down * window.width + first)
      part.lengths.push(end - first)
    }
  }
  return parts
}
