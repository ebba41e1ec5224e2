import type { PixelWindow } from '../raster/rasterSource'
import { windowOverlap } from '../raster/windowOverlap'
import { aroundWindows, widenedWindow } from './cellSpans'
import type { Components } from './components'

/** A raster of one value a pixel at its place in a larger one. */
export interface Piece<Values> {
  window: PixelWindow
  /** [height, width] of the window. */
  values: Values
}

/** Pieces as one raster, the smallest that holds them. @param make gives what lies where no piece does */
export function joinPieces<Values extends Uint8Array | Float32Array>(
  pieces: readonly Piece<Values>[],
  make: (length: number) => Values,
): Piece<Values> {
  const around = aroundWindows(pieces.map(({ window }) => window))
  const joined = make(around.width * around.height)
  for (const { window, values } of pieces) {
    for (let row = 0; row < window.height; row++) {
      const line = values.subarray(row * window.width, (row + 1) * window.width)
      joined.set(line, (window.row - around.row + row) * around.width + window.column - around.column)
    }
  }
  return { window: around, values: joined }
}

/** Masks as one, background where there is none. */
export function joinMasks(pieces: readonly Piece<Uint8Array>[]): Piece<Uint8Array> {
  return joinPieces(pieces, length => new Uint8Array(length))
}

/** Those of the landslides that have a pixel in a window of their raster, numbered again in reading order. */
export function componentsIn(components: Components, window: PixelWindow): Components {
  const { labels, width } = components
  const kept = new Uint8Array(components.count + 1)
  for (let row = window.row; row < window.row + window.height; row++) {
    const first = row * width + window.column
    for (let index = first; index < first + window.width; index++) kept[labels[index]!] = 1
  }
  const numbers = new Int32Array(components.count + 1)
  let count = 0
  for (let number = 1; number <= components.count; number++) if (kept[number]) numbers[number] = ++count
  const isKept = (_: unknown, at: number) => kept[at + 1] === 1
  return {
    ...components,
    count,
    labels: labels.map(label => numbers[label]!),
    areas: components.areas.filter(isKept),
    windows: components.windows.filter(isKept),
  }
}

/**
 * Cells on which landslides may go on: they touch, by an edge or a corner, a landslide pixel at the border of another.
 *
 * @param isOurs whether a pixel of the raster that pieces lie in belongs to a landslide that is followed
 * @param others cells that are not looked at yet
 */
export function cellsBeside<Cell extends { window: PixelWindow }>(
  pieces: readonly { window: PixelWindow }[],
  isOurs: (column: number, row: number) => boolean,
  others: readonly Cell[],
): Cell[] {
  return others.filter(({ window }) =>
    pieces.some(piece => {
      const strip = windowOverlap(piece.window, widenedWindow(window, 1))
      if (!strip) return false
      for (let row = strip.row; row < strip.row + strip.height; row++) {
        for (let column = strip.column; column < strip.column + strip.width; column++) {
          if (isOurs(column, row)) return true
        }
      }
      return false
    }),
  )
}

/** How many of the pieces each landslide lies on, by number - 1. */
export function piecesOfEach(
  { labels, count, width }: Components,
  around: PixelWindow,
  pieces: readonly { window: PixelWindow }[],
): number[] {
  const counts = new Array<number>(count).fill(0)
  for (const { window } of pieces) {
    const seen = new Uint8Array(count + 1)
    for (let row = 0; row < window.height; row++) {
      const first = (window.row - around.row + row) * width + window.column - around.column
      for (let index = first; index < first + window.width; index++) seen[labels[index]!] = 1
    }
    for (let number = 1; number <= count; number++) if (seen[number]) counts[number - 1]!++
  }
  return counts
}
