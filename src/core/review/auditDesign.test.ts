import { expect, test } from 'vitest'
import { allocatePoints, noStratumPixels, sampleSize } from './auditDesign'

const pixels = (landslide: number, notLandslide: number, disagreement = 0) => ({
  landslide,
  'not-landslide': notLandslide,
  disagreement,
})

test('the sample size is that of Cochran (1977)', () => {
  // One stratum with half of it right is the worst case that textbooks give: 385 points for +-5 %.
  const even = { landslide: 0.5, 'not-landslide': 0.5, disagreement: 0.5 }
  expect(sampleSize(pixels(0, 1e9), 0.05, even)).toBe(385)
  // By hand: sum W S = 0.02 * 0.4583 + 0.98 * 0.1706 = 0.17634; (0.17634 * 1.96 / 0.02)^2 = 298.6.
  expect(sampleSize(pixels(2e7, 98e7), 0.02)).toBe(299)
  // A small event needs fewer (eq. 5.25's second term), and never more than it has.
  expect(sampleSize(pixels(0, 1000), 0.05, even)).toBe(278)
  expect(sampleSize(pixels(3, 4), 1e-6, even)).toBe(7)
  expect(sampleSize(pixels(0, 50), 0.1, { ...even, 'not-landslide': 1 })).toBe(1)
})

test.each([0, 0.5, -1, Number.NaN])('a precision of %s is refused', precision => {
  expect(() => sampleSize(pixels(1, 1), precision)).toThrow('above 0 and below 0.5')
})

test('points go to strata in proportion, rare strata get 50', () => {
  expect(allocatePoints(pixels(20_000, 950_000, 30_000), 500)).toEqual(pixels(50, 400, 50))
  expect(allocatePoints(pixels(400_000, 400_000, 200_000), 500)).toEqual(pixels(200, 200, 100))
  expect(allocatePoints(pixels(0, 1000, 0), 30)).toEqual(pixels(0, 30, 0))
})

test('a small sample is shared, a small stratum read off whole, two points are the least', () => {
  expect(allocatePoints(pixels(20_000, 950_000, 30_000), 40)).toEqual(pixels(13, 14, 13))
  expect(allocatePoints(pixels(7, 1_000_000, 1), 200)).toEqual(pixels(7, 192, 1))
  expect(allocatePoints(pixels(500, 500, 500), 3)).toEqual(pixels(2, 2, 2))
  expect(() => allocatePoints(noStratumPixels(), 10)).toThrow('no mapped pixel')
})
