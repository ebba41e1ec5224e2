import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyDiff, changedPixels, diffMasks, revertDiff, wholeChange } from './maskDiff'

const pixel = fc.constantFrom(0, 1, 255)
const pair = fc.integer({ min: 0, max: 200 }).chain(length =>
  fc.tuple(
    fc.uint8Array({ minLength: length, maxLength: length }),
    fc.array(pixel, { minLength: length, maxLength: length }).map(values => Uint8Array.from(values)),
  ),
)

test('applying a diff gives the later mask, reverting it the earlier one', () => {
  fc.assert(
    fc.property(pair, ([before, after]) => {
      const diff = diffMasks(before, after)
      expect(applyDiff(before, diff)).toEqual(after)
      expect(revertDiff(after, diff)).toEqual(before)
    }),
  )
})

test('counts exactly the pixels that differ, in ascending runs that do not overlap', () => {
  fc.assert(
    fc.property(pair, ([before, after]) => {
      const diff = diffMasks(before, after)
      expect(changedPixels(diff)).toBe(before.filter((value, index) => value !== after[index]).length)
      for (let run = 1; run < diff.start.length; run++) {
        expect(diff.start[run]!).toBeGreaterThanOrEqual(diff.start[run - 1]! + diff.length[run - 1]!)
      }
    }),
  )
})

test('a stroke costs one run a row, not one entry a pixel', () => {
  const before = new Uint8Array(100 * 100)
  const after = before.slice()
  for (let row = 10; row < 20; row++) after.fill(1, row * 100 + 5, row * 100 + 25)
  expect(diffMasks(before, after).start.length).toBe(10)
})

test('refuses a mask that is not the one the diff was taken from, and leaves it alone', () => {
  const diff = diffMasks(Uint8Array.of(0, 0, 1), Uint8Array.of(0, 1, 1))
  const other = Uint8Array.of(0, 255, 1)
  expect(() => applyDiff(other, diff)).toThrowError(expect.objectContaining({ code: 'bad-argument' }))
  expect(other).toEqual(Uint8Array.of(0, 255, 1))
  expect(() => diffMasks(new Uint8Array(2), new Uint8Array(3))).toThrowError(
    expect.objectContaining({ code: 'shape-mismatch' }),
  )
})

test('a whole change names every pixel, the same before and after included', () => {
  fc.assert(
    fc.property(pair, ([before, after]) => {
      const change = wholeChange(before, after)
      expect(changedPixels(change)).toBe(before.length)
      expect(applyDiff(before, change)).toEqual(after)
      expect(revertDiff(after, change)).toEqual(before)
    }),
  )
})
