import fc from 'fast-check'
import { expect, test } from 'vitest'
import { paintDisc } from './paintDisc'

const count = (mask: Uint8Array) => mask.reduce((sum, value) => sum + (value === 1 ? 1 : 0), 0)
const at = (column: number, row: number) => ({ column, row })

test('the painted area is that of the cursor', () => {
  const mask = new Uint8Array(100 * 100)
  paintDisc(mask, 100, 100, at(50, 50), at(50, 50), 10, 1)
  expect(Math.abs(count(mask) - Math.PI * 100)).toBeLessThan(10)
  expect(mask[50 * 100 + 59]).toBe(1)
  expect(mask[50 * 100 + 60]).toBe(0)
})

test('a fast drag leaves no gaps', () => {
  const mask = new Uint8Array(60 * 20)
  paintDisc(mask, 60, 20, at(5.5, 10.5), at(54.5, 10.5), 1, 1)
  for (let column = 5; column <= 54; column++) expect(mask[10 * 60 + column]).toBe(1)
})

test('the smallest brush paints the pixel under the pointer, wherever in it the pointer stands', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 7.99, noNaN: true }),
      fc.double({ min: 0, max: 7.99, noNaN: true }),
      (x, y) => {
        const mask = new Uint8Array(64)
        paintDisc(mask, 8, 8, at(x, y), at(x, y), 0.5, 1)
        expect(mask[Math.floor(y) * 8 + Math.floor(x)]).toBe(1)
        expect(count(mask)).toBeLessThanOrEqual(3)
      },
    ),
  )
})

test('stays inside the raster, and reports the window it changed', () => {
  const coordinate = fc.double({ min: -20, max: 36, noNaN: true })
  fc.assert(
    fc.property(
      coordinate,
      coordinate,
      coordinate,
      coordinate,
      fc.double({ min: 0, max: 9, noNaN: true }),
      (a, b, c, d, r) => {
        const mask = new Uint8Array(16 * 16)
        const window = paintDisc(mask, 16, 16, at(a, b), at(c, d), r, 1)
        mask.forEach((value, index) => {
          if (value === 0) return
          expect(window).not.toBeNull()
          const column = index % 16
          const row = Math.floor(index / 16)
          expect(column).toBeGreaterThanOrEqual(window!.column)
          expect(column).toBeLessThan(window!.column + window!.width)
          expect(row).toBeGreaterThanOrEqual(window!.row)
          expect(row).toBeLessThan(window!.row + window!.height)
        })
      },
    ),
  )
  expect(paintDisc(new Uint8Array(4), 2, 2, at(-9, -9), at(-8, -9), 1, 1)).toBeNull()
})

test('leaves pixels without data alone', () => {
  const mask = Uint8Array.of(255, 0, 0, 0)
  paintDisc(mask, 2, 2, at(1, 1), at(1, 1), 5, 1, Uint8Array.of(0, 1, 1, 1))
  expect(mask).toEqual(Uint8Array.of(255, 1, 1, 1))
})
