import type { PixelSpans } from './pixelSpans'

/**
 * The pixels that `belongs` and that are connected to the start through edges (four neighbours), as runs in no
 * particular order; none where the start does not belong or lies outside.
 *
 * @param belongs by row-major index; asked a few times a pixel at most
 */
export function floodFill(
  width: number,
  height: number,
  start: { column: number; row: number },
  belongs: (index: number) => boolean,
): PixelSpans {
  const spans: PixelSpans = { starts: [], lengths: [] }
  if (start.column < 0 || start.row < 0 || start.column >= width || start.row >= height) return spans
  const taken = new Uint8Array(width * height)
  const open = (index: number) => taken[index] === 0 && belongs(index)
  const seeds = [start.row * width + start.column]
  /** Seeds one pixel of each open run that touches the columns from..to of a row. */
  const seedRow = (row: number, from: number, to: number) => {
    if (row < 0 || row >= height) return
    let inside = false
    for (let column = from; column <= to; column++) {
      const index = row * width + column
      const next = open(index)
      if (next && !inside) seeds.push(index)
      inside = next
    }
  }
  while (seeds.length > 0) {
    const seed = seeds.pop()!
    if (!open(seed)) continue
    const row = Math.floor(seed / width)
    const rowStart = row * width
    let from = seed
    while (from > rowStart && open(from - 1)) from--
    let to = seed
    while (to < rowStart + width - 1 && open(to + 1)) to++
    taken.fill(1, from, to + 1)
    spans.starts.push(from)
    spans.lengths.push(to - from + 1)
    seedRow(row - 1, from - rowStart, to - rowStart)
    seedRow(row + 1, from - rowStart, to - rowStart)
  }
  return spans
}
