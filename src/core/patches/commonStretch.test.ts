import { expect, test } from 'vitest'
import { commonStretch } from './commonStretch'
import { statisticsOf } from './statistics'

/** One raster of 14 bands, alike but for their level. */
function raster(values: readonly number[]) {
  const data = Float32Array.from({ length: 14 * values.length }, (_, i) => values[i % values.length]!)
  return statisticsOf({ data, valid: null, width: values.length, height: 1 })
}

test('spans the middle 96 % of the log-normal distribution of all pixels together', () => {
  const limits = commonStretch([raster([1000, 1400]), raster([2000, 2400])])!
  // Mean 1700, deviation sqrt(500^2 + 200^2) = 538.5: of the logarithm, deviation 0.309 about log(1620.6).
  expect(limits).toHaveLength(3)
  for (const { low, high } of limits) {
    expect(low).toBe(900)
    expect(high).toBe(3100)
  }
})

test('one raster more among many leaves it as it was', () => {
  const many = Array.from({ length: 40 }, (_, i) => raster([900 + i, 1500 + 7 * i]))
  expect(commonStretch([...many, raster([1000, 1600])])).toEqual(commonStretch(many))
})

test('never begins below zero, and there is none of nothing, of darkness or of flat ground', () => {
  expect(commonStretch([raster([10, 10, 10, 900])])?.[0]?.low).toBe(0)
  expect(commonStretch([])).toBeNull()
  expect(commonStretch([raster([0, 0])])).toBeNull()
  expect(commonStretch([raster([-5, -7])])).toBeNull()
  expect(commonStretch([raster([500, 500])])).toBeNull()
})
