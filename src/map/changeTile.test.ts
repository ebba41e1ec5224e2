import { expect, test } from 'vitest'
import { GAINED, KEPT, LOST } from '../core/masks/compareMasks'
import { outlineChange, tintChange } from './changeTile'

const width = 4
// One row of each: background, kept, gained, lost.
const codes = Uint8Array.from([0, KEPT, GAINED, LOST].flatMap(code => Array<number>(width).fill(code)))
const picture = { width, rgba: new Uint8ClampedArray(codes.length * 4).fill(100) }

test('gained pixels are tinted, lost ones hatched, and all others left alone', () => {
  const rgba = tintChange(picture, codes)
  const changed = (row: number) =>
    Array.from({ length: width }, (_, column) => rgba[(row * width + column) * 4] !== 100)
  expect([0, 1].flatMap(changed)).not.toContain(true)
  expect(changed(2)).toEqual([true, true, true, true])
  expect(new Set(changed(3))).toEqual(new Set([true, false]))
  expect(picture.rgba.every(value => value === 100)).toBe(true)
})

test('each kind has an outline of its own', () => {
  const { kept, gained, lost } = outlineChange(codes, width, 4)
  expect(kept).toBe('M0 1H4M0 2H4M0 1V2M4 1V2')
  expect(gained).toContain('M0 2H4')
  expect(lost).toContain('M0 3H4')
})
