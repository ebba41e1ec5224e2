import { BAND_COUNT } from '../patches/bands'
import type { PixelWindow } from '../raster/rasterSource'

/**
 * Sums of a band over boxes of pixels. Boxes begin at multiples of their side in the scene, not in the cell, so that one
 * that lies on a border gets its pixels from both sides.
 */
export interface BoxSums {
  /** Of the first box, in boxes from the scene's corner. */
  column: number
  row: number
  width: number
  height: number
  /** [height, width] over the pixels that have a value. */
  sum: Float32Array
  /** [height, width] how many those are. */
  count: Uint8Array
}

/** Sides of the boxes that cells are reduced to, finest first. */
export const BOX_SIDES = [4, 8] as const

/** Side of the boxes of the copy that is stored beside a cell's pixels. */
export const REDUCED_SIDE = BOX_SIDES[1]

/** What `addPixels` and `addSums` add to; a tile of many pixels a box takes other arrays than what is kept. */
export interface Sums extends Omit<BoxSums, 'sum' | 'count'> {
  sum: Float32Array
  count: Uint8Array | Uint32Array
}

/** Boxes that a window of a scene touches. */
export function boxesOf(window: PixelWindow, side: number): Omit<BoxSums, 'sum' | 'count'> {
  const column = Math.floor(window.column / side)
  const row = Math.floor(window.row / side)
  const width = Math.ceil((window.column + window.width) / side) - column
  const height = Math.ceil((window.row + window.height) / side) - row
  return { column, row, width, height }
}

/** The boxes that a window of a scene touches, without a value yet. */
export function emptySums(window: PixelWindow, side: number): BoxSums {
  const boxes = boxesOf(window, side)
  const length = boxes.width * boxes.height
  return { ...boxes, sum: new Float32Array(length), count: new Uint8Array(length) }
}

/**
 * One band of a cell over boxes of each of `BOX_SIDES`. The coarser sums are sums of the finer ones: whoever makes them gets
 * the same bits.
 *
 * @param plane [height, width] of the cell
 * @param window the cell's pixels in its scene
 */
export function reduceBand(
  plane: Float32Array,
  valid: Uint8Array | null,
  window: PixelWindow,
): Record<(typeof BOX_SIDES)[number], BoxSums> {
  const [fine, coarse] = BOX_SIDES
  const sums = emptySums(window, fine)
  addPixels(plane, valid, window, fine, sums)
  const coarser = emptySums(window, coarse)
  addSums(sums, coarse / fine, coarser)
  return { [fine]: sums, [coarse]: coarser }
}

/**
 * All bands of a cell over boxes of `REDUCED_SIDE`.
 *
 * @param data [14, height, width]
 */
export function reduceCell(data: Float32Array, valid: Uint8Array | null, window: PixelWindow): BoxSums[] {
  const area = window.width * window.height
  return Array.from({ length: BAND_COUNT }, (_, band) => {
    return reduceBand(data.subarray(band * area, (band + 1) * area), valid, window)[REDUCED_SIDE]
  })
}

/**
 * Adds the pixels of a window of the scene that have a value to the boxes that they lie in; boxes beyond are passed over.
 *
 * @param plane [height, width] of the window
 */
export function addPixels(
  plane: Float32Array,
  valid: Uint8Array | null,
  window: PixelWindow,
  side: number,
  into: Sums,
): void {
  const { width } = window
  const first = Math.max(into.column, Math.floor(window.column / side))
  const last = Math.min(into.column + into.width, Math.ceil((window.column + width) / side))
  for (let y = 0; y < window.height; y++) {
    const down = Math.floor((window.row + y) / side) - into.row
    if (down < 0 || down >= into.height) continue
    const row = y * width
    for (let box = first; box < last; box++) {
      const at = down * into.width + box - into.column
      const end = row + Math.min(width, (box + 1) * side - window.column)
      let sum = into.sum[at]!
      let count = into.count[at]!
      for (let pixel = row + Math.max(0, box * side - window.column); pixel < end; pixel++) {
        const value = plane[pixel]!
        // NaN and the infinities are what a difference with itself is not zero for.
        if (value - value !== 0 || (valid !== null && valid[pixel] === 0)) continue
        // As if each were added to the array: the same bits, however a window is cut into rows.
        sum = Math.fround(sum + value)
        count++
      }
      into.sum[at] = sum
      into.count[at] = count
    }
  }
}

/** Adds boxes to boxes whose sides are `times` theirs. */
export function addSums(from: BoxSums, times: number, into: Sums): void {
  for (let y = 0; y < from.height; y++) {
    const down = Math.floor((from.row + y) / times) - into.row
    if (down < 0 || down >= into.height) continue
    for (let x = 0; x < from.width; x++) {
      const across = Math.floor((from.column + x) / times) - into.column
      if (across < 0 || across >= into.width) continue
      const at = down * into.width + across
      into.sum[at]! += from.sum[y * from.width + x]!
      into.count[at]! += from.count[y * from.width + x]!
    }
  }
}
