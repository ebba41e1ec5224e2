import { expect, test } from 'vitest'
import { composeTile } from './composeTile'
import { maskCoverage } from './maskCoverage'

test('coverage is the share of landslide under each pixel of the picture', () => {
  const mask = Uint8Array.from([1, 1, 0, 0, 1, 1, 0, 255])
  expect([...maskCoverage(mask, { width: 4, height: 2 }, { width: 2, height: 1 })]).toEqual([255, 0])
  expect([...maskCoverage(mask, { width: 4, height: 2 }, { width: 4, height: 2 })]).toEqual([
    255, 255, 0, 0, 255, 255, 0, 0,
  ])
})

test('one landslide pixel of ten thousand is still seen, in its own place', () => {
  const mask = new Uint8Array(100 * 100)
  mask[37 * 100 + 82] = 1
  const coverage = maskCoverage(mask, { width: 100, height: 100 }, { width: 7, height: 7 })
  expect(coverage.filter(value => value > 0)).toHaveLength(1)
  expect(coverage[Math.floor(0.37 * 7) * 7 + Math.floor(0.82 * 7)]).toBeGreaterThan(64)
})

test('the mask tints its inside, outlines its edge and leaves the rest of the picture alone', () => {
  const picture = { width: 5, height: 5, rgba: new Uint8ClampedArray(5 * 5 * 4).fill(100) }
  const coverage = new Uint8Array(25)
  for (const y of [1, 2, 3]) for (const x of [1, 2, 3]) coverage[y * 5 + x] = 255
  const rgba = composeTile(picture, coverage)
  expect([...rgba.slice(0, 4)]).toEqual([100, 100, 100, 100])
  expect([...rgba.slice((1 * 5 + 1) * 4, (1 * 5 + 1) * 4 + 4)]).toEqual([41, 230, 250, 255])
  const middle = rgba.slice((2 * 5 + 2) * 4, (2 * 5 + 2) * 4 + 3)
  expect(middle[1]).toBeGreaterThan(100)
  expect(middle[1]).toBeLessThan(200)
  expect(picture.rgba[0]).toBe(100)
})
