import { expect, test } from 'vitest'
import { originOfPixels, SQUARE_SYMMETRIES, sizeAfter } from './landslideProbability'

const [WIDTH, HEIGHT] = [3, 2]

test('the eight are different, each moves every pixel once, and the first none', () => {
  const all = SQUARE_SYMMETRIES.map(symmetry => Array.from(originOfPixels(symmetry, 3, 3)).join())
  expect(new Set(all).size).toBe(8)
  expect(all[0]).toBe('0,1,2,3,4,5,6,7,8')
  for (const symmetry of SQUARE_SYMMETRIES) {
    const origin = Array.from(originOfPixels(symmetry, WIDTH, HEIGHT))
    expect(origin.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5])
  }
})

test('a quarter turn of 0 1 2 / 3 4 5 clockwise is 3 0 / 4 1 / 5 2', () => {
  const turn = { transpose: true, reverseRows: false, reverseColumns: true }
  expect(SQUARE_SYMMETRIES).toContainEqual(turn)
  expect(sizeAfter(turn, WIDTH, HEIGHT)).toEqual([2, 3])
  expect(Array.from(originOfPixels(turn, WIDTH, HEIGHT))).toEqual([3, 0, 4, 1, 5, 2])
})

test('they are a group: one after the other is one of them', () => {
  const of = (symmetry: (typeof SQUARE_SYMMETRIES)[number]) => Array.from(originOfPixels(symmetry, 4, 4))
  const all = new Set(SQUARE_SYMMETRIES.map(symmetry => of(symmetry).join()))
  for (const a of SQUARE_SYMMETRIES) {
    for (const b of SQUARE_SYMMETRIES)
      expect(all).toContain(
        of(b)
          .map(at => of(a)[at])
          .join(),
      )
  }
})
