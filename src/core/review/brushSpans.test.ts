import fc from 'fast-check'
import { expect, test } from 'vitest'
import { brushSpans } from './brushSpans'
import type { PixelPoint } from './pixelPoint'
import { spanWindow } from './pixelSpans'

const at = (column: number, row: number) => ({ column, row })
const count = (mask: Uint8Array) => mask.reduce((sum, value) => sum + value, 0)

function painted(width: number, height: number, from: PixelPoint, to: PixelPoint, radius: number) {
  const mask = new Uint8Array(width * height)
  const { starts, lengths } = brushSpans(width, height, from, to, radius)
  for (const [run, start] of starts.entries()) mask.fill(1, start, start + lengths[run]!)
  return mask
}

test('the painted area is that of the cursor', () => {
  const mask = painted(100, 100, at(50, 50), at(50, 50), 10)
  expect(Math.abs(count(mask) - Math.PI * 100)).toBeLessThan(10)
  expect(mask[50 * 100 + 59]).toBe(1)
  expect(mask[50 * 100 + 60]).toBe(0)
})

test('the smallest brush paints the pixel under the pointer, wherever in it the pointer stands', () => {
  const inside = fc.double({ min: 0, max: 7.99, noNaN: true })
  fc.assert(
    fc.property(inside, inside, (x, y) => {
      const mask = painted(8, 8, at(x, y), at(x, y), 0.5)
      expect(mask[Math.floor(y) * 8 + Math.floor(x)]).toBe(1)
      expect(count(mask)).toBeLessThanOrEqual(3)
    }),
  )
})

/** Every pixel asked by itself. */
function oracle(side: number, from: PixelPoint, to: PixelPoint, radius: number): Uint8Array {
  const mask = new Uint8Array(side * side)
  const [dx, dy] = [to.column - from.column, to.row - from.row]
  const reach = Math.max(0.5, radius)
  for (let index = 0; index < mask.length; index++) {
    const x = (index % side) + 0.5 - from.column
    const y = Math.floor(index / side) + 0.5 - from.row
    const squared = dx * dx + dy * dy
    const along = squared > 0 ? Math.min(1, Math.max(0, (x * dx + y * dy) / squared)) : 0
    if ((x - along * dx) ** 2 + (y - along * dy) ** 2 <= reach * reach) mask[index] = 1
  }
  for (const { column, row } of [from, to]) {
    if (column < 0 || row < 0 || column >= side || row >= side) continue
    mask[Math.floor(row) * side + Math.floor(column)] = 1
  }
  return mask
}

test('a segment covers exactly the pixels near its line, inside the raster and inside its window', () => {
  const place = fc.double({ min: -20, max: 36, noNaN: true })
  const radius = fc.double({ min: 0, max: 9, noNaN: true })
  fc.assert(
    fc.property(place, place, place, place, radius, (a, b, c, d, r) => {
      const wanted = oracle(16, at(a, b), at(c, d), r)
      expect(painted(16, 16, at(a, b), at(c, d), r)).toEqual(wanted)
      const window = spanWindow(brushSpans(16, 16, at(a, b), at(c, d), r), 16)
      wanted.forEach((value, index) => {
        if (value === 0) return
        expect(index % 16).toBeGreaterThanOrEqual(window!.column)
        expect(index % 16).toBeLessThan(window!.column + window!.width)
        expect(Math.floor(index / 16)).toBeGreaterThanOrEqual(window!.row)
        expect(Math.floor(index / 16)).toBeLessThan(window!.row + window!.height)
      })
    }),
  )
  expect(spanWindow(brushSpans(2, 2, at(-9, -9), at(-8, -9), 1), 2)).toBeNull()
})
