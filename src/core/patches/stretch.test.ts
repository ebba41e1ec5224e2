import { describe, expect, it, test } from 'vitest'
import { statisticsOf } from './statistics'
import { channelHistogram, commonStretch } from './stretch'

describe('channel histogram', () => {
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)

  it('counts every valid, finite value once', () => {
    const plane = Float32Array.from({ length: 1000 }, (_, i) => i / 1000)
    plane[3] = Number.NaN
    plane[4] = Number.POSITIVE_INFINITY
    const valid = new Uint8Array(1000).fill(1)
    valid[5] = 0
    const histogram = channelHistogram(plane, valid, 10)
    expect(histogram).toMatchObject({ counted: 997, missing: 3, least: 0 })
    expect(histogram.greatest).toBeCloseTo(0.999, 5)
    expect(sum(histogram.counts)).toBe(997)
    for (const count of histogram.counts.slice(1)) expect(Math.abs(count - 100)).toBeLessThan(6)
  })

  it('does not let a few clouds squeeze the ground, but counts them', () => {
    const plane = Float32Array.from({ length: 10_000 }, (_, i) => (i < 5 ? 50 : 0.1 + (i % 100) / 1000))
    const { high, counts, greatest } = channelHistogram(plane, null)
    expect(greatest).toBe(50)
    expect(high).toBeLessThan(0.3)
    expect(sum(counts)).toBe(10_000)
  })

  it('spans a constant band, which lies in its middle', () => {
    const { low, high, counts } = channelHistogram(new Float32Array(64).fill(0.2), null, 8)
    expect(low).toBeLessThan(0.2)
    expect(high).toBeGreaterThan(0.2)
    expect(sum(counts)).toBe(64)
    expect(counts[3]! + counts[4]!).toBe(64)
  })

  it('spans something where nothing has a value', () => {
    for (const plane of [new Float32Array(16).fill(Number.NaN), new Float32Array(0)]) {
      const { low, high, counted, least } = channelHistogram(plane, null)
      expect(low).toBeLessThan(high)
      expect(counted).toBe(0)
      expect(least).toBeNaN()
    }
  })
})

describe('common stretch', () => {
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
})
