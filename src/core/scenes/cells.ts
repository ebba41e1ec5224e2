import { throwIfAborted } from '../foundation/appError'
import { yieldToEventLoop } from '../foundation/job'
import type { PixelWindow } from '../raster/rasterSource'

/** Most pixels along the side of a cell. */
const CELL_SIDE = 512

/** Pixels of context around a cell: half a window of the networks. */
const CELL_MARGIN = 128

export type Direction =
  | 'north'
  | 'northEast'
  | 'east'
  | 'southEast'
  | 'south'
  | 'southWest'
  | 'west'
  | 'northWest'

/** A piece of a scene that is listed, judged and stored as one. */
export interface Cell {
  /** "r03c11": unique in its scene, the same whenever the same area is cut. */
  id: string
  /** Of the cut, from 0. */
  row: number
  column: number
  /** Its pixels in the scene. */
  window: PixelWindow
  /** Its pixels and the margin around them, as far as the scene goes. */
  context: PixelWindow
  /** Ids of the cells that touch it; absent at the edge, and where a cell was left out. */
  neighbours: Readonly<Partial<Record<Direction, string>>>
}

const STEPS: Readonly<Record<Direction, readonly [row: number, column: number]>> = {
  north: [-1, 0],
  northEast: [-1, 1],
  east: [0, 1],
  southEast: [1, 1],
  south: [1, 0],
  southWest: [1, -1],
  west: [0, -1],
  northWest: [-1, -1],
}

export interface CellCut {
  /** The scene's size in pixels. */
  width: number
  height: number
  /** What is cut: the scene by default, else the bounds of an area of interest within it. */
  bounds?: PixelWindow
  /** Most pixels along a cell's side. */
  side?: number
  /** Pixels of context around a cell. */
  margin?: number
  /** Whether a cell has a pixel in the area, and a valid one; all have by default. Asked in strip order. */
  isUsed?: (window: PixelWindow) => boolean | Promise<boolean>
  signal?: AbortSignal
}

/**
 * Cuts a scene into cells that cover it exactly: as few as can be, sides equal to within a pixel, in strip order (west to
 * east, then south).
 *
 * @throws AppError `aborted`, and what `isUsed` throws
 */
export async function cutCells(cut: CellCut): Promise<Cell[]> {
  const { width, height, side = CELL_SIDE, margin = CELL_MARGIN, isUsed = () => true, signal } = cut
  const bounds = cut.bounds ?? { column: 0, row: 0, width, height }
  const columns = evenCut(bounds.column, bounds.width, side)
  const rows = evenCut(bounds.row, bounds.height, side)
  const digits = String(Math.max(columns.length, rows.length) - 1).length
  const idOf = (row: number, column: number) =>
    `r${String(row).padStart(digits, '0')}c${String(column).padStart(digits, '0')}`
  const used: { row: number; column: number; window: PixelWindow }[] = []
  for (let row = 0; row < rows.length; row++) {
    throwIfAborted(signal)
    await yieldToEventLoop()
    for (let column = 0; column < columns.length; column++) {
      const window = {
        column: columns[column]!.start,
        row: rows[row]!.start,
        width: columns[column]!.length,
        height: rows[row]!.length,
      }
      throwIfAborted(signal)
      if (await isUsed(window)) used.push({ row, column, window })
    }
  }
  const ids = new Set(used.map(({ row, column }) => idOf(row, column)))
  return used.map(({ row, column, window }) => {
    const neighbours: Partial<Record<Direction, string>> = {}
    for (const [direction, [down, right]] of Object.entries(STEPS) as [
      Direction,
      readonly [number, number],
    ][]) {
      const id = idOf(row + down, column + right)
      if (ids.has(id)) neighbours[direction] = id
    }
    return {
      id: idOf(row, column),
      row,
      column,
      window,
      context: widened(window, margin, width, height),
      neighbours,
    }
  })
}

/** Pieces of at most `side`, equal to within one. */
function evenCut(start: number, length: number, side: number): { start: number; length: number }[] {
  const count = Math.ceil(length / side)
  const edge = (index: number) => start + Math.floor((index * length) / count)
  return Array.from({ length: count }, (_, i) => ({ start: edge(i), length: edge(i + 1) - edge(i) }))
}

function widened(window: PixelWindow, margin: number, width: number, height: number): PixelWindow {
  const column = Math.max(0, window.column - margin)
  const row = Math.max(0, window.row - margin)
  return {
    column,
    row,
    width: Math.min(width, window.column + window.width + margin) - column,
    height: Math.min(height, window.row + window.height + margin) - row,
  }
}
