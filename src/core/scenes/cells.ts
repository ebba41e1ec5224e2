import { throwIfAborted } from '../foundation/appError'
import { yieldToEventLoop } from '../foundation/job'
import type { PixelWindow } from '../raster/rasterSource'

/** Most pixels along the side of a cell. */
export const CELL_SIDE = 512

/**
 * Pixels around the area that the networks look at, too: the windows that reach into the area lie within (`blendWindows`),
 * so that a part of a scene is predicted as the whole is.
 */
export const MARGIN_SIDE = 256

/** A piece of a scene that is stored as one. */
export interface ScenePiece {
  /** "r03c11": unique in its scene, the same whenever the same area is cut; those of the margin have rows and columns too. */
  id: string
  row: number
  column: number
  /** Its pixels in the scene. */
  window: PixelWindow
  /** `cell`: listed and judged, like a patch. `margin`: around the area, what the networks see beside it; nobody lists it. */
  kind: 'cell' | 'margin'
}

export interface SceneCut {
  /** The scene's size in pixels. */
  width: number
  height: number
  /** What is asked for: the bounds of the area of interest; the whole scene by default. */
  bounds?: PixelWindow
  /** Whether the area has a pixel in a window of the scene; by default it has. */
  touches?: (window: PixelWindow) => boolean
  signal?: AbortSignal
}

/**
 * Cuts a scene into cells that cover the bounds of an area exactly, as few as can be, sides equal to within a pixel, and
 * the pieces of the margin around them; in strip order (west to east, then south). What is further than the margin from
 * any pixel of the area is left out.
 *
 * @throws AppError `aborted`
 */
export async function cutScene(cut: SceneCut): Promise<ScenePiece[]> {
  const { width, height, touches = () => true, signal } = cut
  const bounds = cut.bounds ?? { column: 0, row: 0, width, height }
  const columns = withMargins(evenCut(bounds.column, bounds.width), bounds.column + bounds.width, width)
  const rows = withMargins(evenCut(bounds.row, bounds.height), bounds.row + bounds.height, height)
  const digits = Math.max(2, String(Math.max(columns.length, rows.length)).length)
  const pieces: ScenePiece[] = []
  for (const [row, down] of rows.entries()) {
    throwIfAborted(signal)
    await yieldToEventLoop()
    for (const [column, across] of columns.entries()) {
      const window = {
        column: across.begin,
        row: down.begin,
        width: across.end - across.begin,
        height: down.end - down.begin,
      }
      const inBounds = !across.margin && !down.margin
      const kind = inBounds && touches(window) ? 'cell' : 'margin'
      if (kind === 'margin' && !touches(widened(window, width, height))) continue
      const id = `r${String(row).padStart(digits, '0')}c${String(column).padStart(digits, '0')}`
      pieces.push({ id, row, column, window, kind })
    }
  }
  return pieces
}

interface Stretch {
  begin: number
  end: number
  margin: boolean
}

/** Pieces of at most a cell's side, equal to within one. */
function evenCut(start: number, length: number): Stretch[] {
  const count = Math.ceil(length / CELL_SIDE)
  const edge = (index: number) => start + Math.floor((index * length) / count)
  return Array.from({ length: count }, (_, i) => ({ begin: edge(i), end: edge(i + 1), margin: false }))
}

/** With what lies before and behind, as far as the scene goes. */
function withMargins(stretches: Stretch[], end: number, length: number): Stretch[] {
  const begin = stretches[0]!.begin
  const before = { begin: Math.max(0, begin - MARGIN_SIDE), end: begin, margin: true }
  const behind = { begin: end, end: Math.min(length, end + MARGIN_SIDE), margin: true }
  return [before, ...stretches, behind].filter(stretch => stretch.end > stretch.begin)
}

function widened(window: PixelWindow, width: number, height: number): PixelWindow {
  const column = Math.max(0, window.column - MARGIN_SIDE)
  const row = Math.max(0, window.row - MARGIN_SIDE)
  return {
    column,
    row,
    width: Math.min(width, window.column + window.width + MARGIN_SIDE) - column,
    height: Math.min(height, window.row + window.height + MARGIN_SIDE) - row,
  }
}
