import type { PixelPoint } from './pixelPoint'
import type { PixelSpans } from './pixelSpans'

/** Keeps a pixel whose centre lies on the brush's edge within the columns that are asked. */
const ROUNDING = 1e-6

/**
 * The pixels of one segment of a brush stroke: those whose centre lies within `radius` of the line from `from` to
 * `to`, so that what is painted is what the round cursor covered. The pixels under both ends are always among
 * them (and may be named twice), so that the smallest brush never misses.
 *
 * @param radius pixels; below 0.5 counts as 0.5, a brush of one pixel
 */
export function brushSpans(
  width: number,
  height: number,
  from: PixelPoint,
  to: PixelPoint,
  radius: number,
): PixelSpans {
  const reach = Math.max(0.5, radius)
  const spans: PixelSpans = { starts: [], lengths: [] }
  const deltaColumn = to.column - from.column
  const deltaRow = to.row - from.row
  const lengthSquared = deltaColumn * deltaColumn + deltaRow * deltaRow
  const covers = (column: number, row: number): boolean => {
    const x = column + 0.5 - from.column
    const y = row + 0.5 - from.row
    const along =
      lengthSquared > 0 ? Math.min(1, Math.max(0, (x * deltaColumn + y * deltaRow) / lengthSquared)) : 0
    const dx = x - along * deltaColumn
    const dy = y - along * deltaRow
    return dx * dx + dy * dy <= reach * reach
  }
  const top = Math.max(0, Math.floor(Math.min(from.row, to.row) - reach))
  const bottom = Math.min(height - 1, Math.floor(Math.max(from.row, to.row) + reach))
  for (let row = top; row <= bottom; row++) {
    const [near, far] = nearColumns(from, to, row + 0.5, reach + ROUNDING)
    let left = Math.max(0, Math.floor(near - reach))
    let right = Math.min(width - 1, Math.floor(far + reach))
    // What a brush covers of a row is one run: only its ends are to be found.
    while (left <= right && !covers(left, row)) left++
    while (right > left && !covers(right, row)) right--
    if (left > right) continue
    spans.starts.push(row * width + left)
    spans.lengths.push(right - left + 1)
  }
  for (const end of [from, to]) {
    const column = Math.floor(end.column)
    const row = Math.floor(end.row)
    if (column < 0 || column >= width || row < 0 || row >= height) continue
    spans.starts.push(row * width + column)
    spans.lengths.push(1)
  }
  return spans
}

/** Columns between which the line comes within `reach` of a height, so that a long slanting line costs little. */
function nearColumns(from: PixelPoint, to: PixelPoint, height: number, reach: number): [number, number] {
  const deltaRow = to.row - from.row
  let [first, last] = [0, 1]
  if (deltaRow !== 0) {
    const a = (height - reach - from.row) / deltaRow
    const b = (height + reach - from.row) / deltaRow
    first = Math.min(1, Math.max(0, Math.min(a, b)))
    last = Math.min(1, Math.max(0, Math.max(a, b)))
  }
  const columnAt = (share: number) => from.column + share * (to.column - from.column)
  const [a, b] = [columnAt(first), columnAt(last)]
  return [Math.min(a, b), Math.max(a, b)]
}
