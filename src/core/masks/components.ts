import { AppError } from '../foundation/appError'
import { LANDSLIDE } from '../patches/patch'
import type { PixelWindow } from '../raster/rasterSource'

/** Landslides of a mask: pixels that touch, by an edge or a corner, are one. */
export interface Components {
  width: number
  height: number
  count: number
  /** [height, width]: 0 outside, else 1..count, numbered in the order in which rows meet them. */
  labels: Int32Array
  /** Pixels of each, by number - 1. */
  areas: Uint32Array
  /** Smallest window around each, by number - 1. */
  windows: PixelWindow[]
}

/**
 * 8-connected components of the landslide pixels (1); background and 255 separate them.
 *
 * Runs of a row are joined with those of the row above that they touch (union-find with path halving), so that time is
 * linear in the pixels.
 *
 * @param mask [height, width] of 0, 1, 255
 * @throws AppError `shape-mismatch` where `mask` is not of that size.
 */
export function labelComponents(mask: Uint8Array, width: number, height: number): Components {
  if (mask.length !== width * height) {
    throw new AppError('shape-mismatch', `A mask of ${mask.length} pixels is not ${width} x ${height}.`)
  }
  const runs = findRuns(mask, width, height)
  const parents = joinRuns(runs)
  return numberRuns(runs, parents, width, height)
}

/** Runs of landslide pixels in reading order; `rows[r]` is the index of row r's first run, `rows[height]` their count. */
interface Runs {
  begin: Int32Array
  /** Column behind the last. */
  end: Int32Array
  rows: Int32Array
}

function findRuns(mask: Uint8Array, width: number, height: number): Runs {
  let begin = new Int32Array(1024)
  let end = new Int32Array(1024)
  const rows = new Int32Array(height + 1)
  let count = 0
  // The next landslide pixel, found once for all the empty rows before it.
  let at = mask.indexOf(LANDSLIDE)
  for (let row = 0; row < height; row++) {
    rows[row] = count
    const first = row * width
    const last = first + width
    while (at >= 0 && at < last) {
      if (count === begin.length) {
        begin = grown(begin)
        end = grown(end)
      }
      begin[count] = at - first
      while (at < last && mask[at] === LANDSLIDE) at++
      end[count++] = at - first
      while (at < last && mask[at] !== LANDSLIDE) at++
      if (at === last) at = mask.indexOf(LANDSLIDE, last)
    }
  }
  rows[height] = count
  return { begin: begin.subarray(0, count), end: end.subarray(0, count), rows }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}

/** The earliest run is the root of its component, so that numbers follow reading order. */
function joinRuns({ begin, end, rows }: Runs): Int32Array {
  const parents = Int32Array.from(begin, (_, run) => run)
  for (let row = 1; row < rows.length - 1; row++) {
    let above = rows[row - 1]!
    const aboveEnd = rows[row]!
    for (let run = aboveEnd; run < rows[row + 1]!; run++) {
      // One column further on either side: corners touch too.
      while (above < aboveEnd && end[above]! < begin[run]!) above++
      for (let other = above; other < aboveEnd && begin[other]! <= end[run]!; other++)
        join(parents, other, run)
    }
  }
  return parents
}

function join(parents: Int32Array, one: number, other: number): void {
  const a = rootOf(parents, one)
  const b = rootOf(parents, other)
  if (a < b) parents[b] = a
  else parents[a] = b
}

function rootOf(parents: Int32Array, run: number): number {
  let at = run
  while (parents[at] !== at) {
    parents[at] = parents[parents[at]!]!
    at = parents[at]!
  }
  return at
}

function numberRuns(
  { begin, end, rows }: Runs,
  parents: Int32Array,
  width: number,
  height: number,
): Components {
  const labels = new Int32Array(width * height)
  const numbers = new Int32Array(begin.length)
  const areas: number[] = []
  const windows: PixelWindow[] = []
  for (let row = 0; row < height; row++) {
    for (let run = rows[row]!; run < rows[row + 1]!; run++) {
      const root = rootOf(parents, run)
      const from = begin[run]!
      const to = end[run]!
      if (root === run) {
        numbers[run] = areas.push(0)
        windows.push({ column: from, row, width: 0, height: 0 })
      }
      const number = numbers[root]!
      areas[number - 1]! += to - from
      widen(windows[number - 1]!, from, to, row)
      labels.fill(number, row * width + from, row * width + to)
    }
  }
  return { width, height, count: areas.length, labels, areas: Uint32Array.from(areas), windows }
}

function widen(window: PixelWindow, from: number, to: number, row: number): void {
  const right = Math.max(window.column + window.width, to)
  window.column = Math.min(window.column, from)
  window.width = right - window.column
  window.height = row + 1 - window.row
}

/** Calls `visit` with the index of every pixel of a component, in reading order. */
export function forEachPixel(
  { labels, windows, width }: Components,
  number: number,
  visit: (index: number) => void,
): void {
  const window = windows[number - 1]
  if (!window) throw new AppError('bad-argument', `There is no landslide ${number} on this mask.`)
  for (let row = window.row; row < window.row + window.height; row++) {
    const first = row * width + window.column
    for (let index = first; index < first + window.width; index++) if (labels[index] === number) visit(index)
  }
}
