/** A cell of the contact sheet, screen pixels from the sheet's top left. */
export interface SheetCell {
  index: number
  row: number
  left: number
  width: number
}

export interface SheetLayout {
  cells: readonly SheetCell[]
  /** Index of the first cell of each row; one more entry ends the last row. */
  rowStarts: readonly number[]
}

export interface SheetMeasure {
  /** Of the space between the sheet's edges. */
  width: number
  /** Of every picture; widths follow from the rasters' proportions. */
  pictureHeight: number
  gap: number
  /** Narrower, a caption is not legible. */
  minimumWidth: number
}

/** Flows pictures into rows of one height, each as wide as its proportions ask; a row holds at least one. */
export function layoutSheet(
  rasters: readonly { width: number; height: number }[],
  { width, pictureHeight, gap, minimumWidth }: SheetMeasure,
): SheetLayout {
  const cells: SheetCell[] = []
  const rowStarts: number[] = [0]
  let left = 0
  let row = 0
  for (const [index, raster] of rasters.entries()) {
    const natural = Math.round((pictureHeight * raster.width) / raster.height)
    const cellWidth = Math.min(width, Math.max(minimumWidth, natural))
    if (left > 0 && left + cellWidth > width) {
      row++
      left = 0
      rowStarts.push(index)
    }
    cells.push({ index, row, left, width: cellWidth })
    left += cellWidth + gap
  }
  if (rasters.length > 0) rowStarts.push(rasters.length)
  return { cells, rowStarts }
}

export function rowCount({ rowStarts }: SheetLayout): number {
  return rowStarts.length - 1
}

/** Cells of rows `first` up to but without `last`, as far as there are such rows. */
export function cellsOfRows(layout: SheetLayout, first: number, last: number): readonly SheetCell[] {
  const rows = rowCount(layout)
  const from = layout.rowStarts[Math.min(rows, Math.max(0, first))] ?? 0
  const to = layout.rowStarts[Math.min(rows, Math.max(0, last))] ?? 0
  return layout.cells.slice(from, to)
}

export type SheetMove = 'left' | 'right' | 'up' | 'down' | 'start' | 'end' | 'page-up' | 'page-down'

/**
 * Where a key leads from a cell: rows up and down to the cell whose middle is nearest. At the edges it stays.
 *
 * @param from -1: nothing is selected, every key leads to the first cell
 * @param pageRows rows that fit on screen
 */
export function moveOnSheet(layout: SheetLayout, from: number, move: SheetMove, pageRows: number): number {
  const last = layout.cells.length - 1
  const cell = layout.cells[from]
  if (!cell) return Math.min(0, last)
  switch (move) {
    case 'left':
      return Math.max(0, from - 1)
    case 'right':
      return Math.min(last, from + 1)
    case 'start':
      return 0
    case 'end':
      return last
    case 'up':
      return nearestInRow(layout, cell, cell.row - 1)
    case 'down':
      return nearestInRow(layout, cell, cell.row + 1)
    case 'page-up':
      return nearestInRow(layout, cell, Math.max(0, cell.row - Math.max(1, pageRows)))
    case 'page-down':
      return nearestInRow(layout, cell, Math.min(rowCount(layout) - 1, cell.row + Math.max(1, pageRows)))
  }
}

function nearestInRow(layout: SheetLayout, cell: SheetCell, row: number): number {
  const middle = cell.left + cell.width / 2
  let best = cell.index
  let distance = Number.POSITIVE_INFINITY
  for (const candidate of cellsOfRows(layout, row, row + 1)) {
    const away = Math.abs(candidate.left + candidate.width / 2 - middle)
    if (away < distance) {
      distance = away
      best = candidate.index
    }
  }
  return best
}
