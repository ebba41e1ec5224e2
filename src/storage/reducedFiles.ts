import { BAND_COUNT } from '../core/patches/bands'
import type { PixelWindow } from '../core/raster/rasterSource'
import { type BoxSums, boxesOf, REDUCED_SIDE } from '../core/scenes/boxSums'
import type { FileParts } from './byteStore'

/** "SCR1" read as a little-endian uint32. */
const REDUCED_MAGIC = 0x31524353

const HEADER_BYTES = 6 * Uint32Array.BYTES_PER_ELEMENT

/**
 * The small copy of a cell's pixels as one file: header [magic, side of the boxes, column, row, width, height of the first
 * box and in boxes] as uint32, then of each of the 14 bands its sums (float32) and counts (uint8, to whole words); all
 * little-endian.
 *
 * @param sums of the 14 bands, over boxes of `REDUCED_SIDE`
 */
export function reducedFileParts(window: PixelWindow, sums: readonly BoxSums[]): FileParts {
  const length = lengthOf(window)
  return [
    headerOf(window),
    ...sums.flatMap(({ sum, count }) => {
      const words = new Uint8Array(wordsOf(length))
      words.set(count)
      return [sum, words]
    }),
  ]
}

/**
 * Some bands of a small copy, of which no more is read than from the first to the last.
 *
 * @param bands in the order that they are given back in
 * @returns null where the file is not a whole copy of a cell with this window
 */
export async function readReducedFile(
  file: Blob,
  window: PixelWindow,
  bands: readonly number[],
): Promise<BoxSums[] | null> {
  const length = lengthOf(window)
  const sumBytes = length * Float32Array.BYTES_PER_ELEMENT
  const bandBytes = sumBytes + wordsOf(length)
  if (file.size !== HEADER_BYTES + BAND_COUNT * bandBytes) return null
  const [first, last] = [Math.min(...bands), Math.max(...bands)]
  const begin = HEADER_BYTES + first * bandBytes
  const [header, values] = await Promise.all([
    file.slice(0, HEADER_BYTES).arrayBuffer(),
    file.slice(begin, begin + (last - first + 1) * bandBytes).arrayBuffer(),
  ])
  const expected = headerOf(window)
  if (!new Uint32Array(header).every((value, index) => value === expected[index])) return null
  const boxes = boxesOf(window, REDUCED_SIDE)
  return bands.map(band => {
    const at = (band - first) * bandBytes
    // Copies, so that what is kept of one band does not keep those between.
    const sum = new Float32Array(values, at, length).slice()
    return { ...boxes, sum, count: new Uint8Array(values, at + sumBytes, length).slice() }
  })
}

function headerOf(window: PixelWindow): Uint32Array {
  const { column, row, width, height } = boxesOf(window, REDUCED_SIDE)
  return Uint32Array.of(REDUCED_MAGIC, REDUCED_SIDE, column, row, width, height)
}

function lengthOf(window: PixelWindow): number {
  const { width, height } = boxesOf(window, REDUCED_SIDE)
  return width * height
}

/** Bytes that so many counts take, up to a whole number of float32. */
function wordsOf(length: number): number {
  return Math.ceil(length / Float32Array.BYTES_PER_ELEMENT) * Float32Array.BYTES_PER_ELEMENT
}
