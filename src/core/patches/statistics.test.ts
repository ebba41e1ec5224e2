import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PatchPixels } from './patch'
import { emptyStatistics, mergeStatistics, normalise, standardDeviation, statisticsOf } from './statistics'

describe('normalise', () => {
  const width = 5
  const height = 4
  const area = width * height

  function patch(valid: Uint8Array | null): PatchPixels {
    const data = Float32Array.from({ length: 14 * area }, (_, i) => {
      const band = Math.floor(i / area)
      return band === 3 ? 42 : 1000 * (band + 1) + ((i * 31) % 97)
    })
    return { data, valid, width, height }
  }

  it('gives zero mean and unit variance per band, pixel by pixel, and 0 for a band that does not vary', () => {
    const pixels = patch(null)
    const out = normalise(pixels, statisticsOf(pixels))
    expect(out.length).toBe(14 * area)
    for (let band = 0; band < 14; band++) {
      const values = Array.from({ length: area }, (_, pixel) => out[pixel * 14 + band]!)
      const mean = values.reduce((sum, value) => sum + value, 0) / area
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / area
      expect(mean).toBeCloseTo(0, 5)
      expect(variance).toBeCloseTo(band === 3 ? 0 : 1, 5)
    }
  })

  it('uses the statistics it is given, and puts 0 where there is no data', () => {
    const valid = new Uint8Array(area).fill(1)
    valid[7] = 0
    const pixels = patch(valid)
    const statistics = { count: 1, mean: new Array(14).fill(500), m2: new Array(14).fill(4) }
    const out = normalise(pixels, statistics)
    expect(out[0]).toBe((pixels.data[0]! - 500) / 2)
    expect(out[2 * 14 + 5]).toBe((pixels.data[5 * area + 2]! - 500) / 2)
    expect(Array.from(out.subarray(7 * 14, 8 * 14))).toEqual(new Array(14).fill(0))
  })
})

describe('statistics', () => {
  const BANDS = 14

  function pixelsOf(values: number[][], valid: number[] | null): PatchPixels {
    const data = new Float32Array(BANDS * values.length)
    for (const [pixel, bands] of values.entries()) {
      for (const [band, value] of bands.entries()) data[band * values.length + pixel] = value
    }
    return { data, valid: valid && Uint8Array.from(valid), width: values.length, height: 1 }
  }

  const pixel = fc.tuple(
    fc.array(fc.double({ min: -5000, max: 20_000, noNaN: true }).map(Math.fround), {
      minLength: BANDS,
      maxLength: BANDS,
    }),
    fc.constantFrom(0, 1, 1, 1),
  )

  describe('statisticsOf', () => {
    it('gives the same for parts merged as for the whole', () => {
      fc.assert(
        fc.property(fc.array(pixel, { minLength: 1, maxLength: 40 }), fc.nat(40), (pixels, cut) => {
          const at = Math.min(cut, pixels.length)
          const part = (list: typeof pixels) =>
            list.length === 0
              ? emptyStatistics()
              : statisticsOf(
                  pixelsOf(
                    list.map(([values]) => values),
                    list.map(([, valid]) => valid),
                  ),
                )
          const whole = part(pixels)
          const merged = mergeStatistics(part(pixels.slice(0, at)), part(pixels.slice(at)))
          expect(merged.count).toBe(whole.count)
          for (let band = 0; band < BANDS; band++) {
            expect(merged.mean[band]).toBeCloseTo(whole.mean[band]!, 6)
            expect(Math.abs(merged.m2[band]! - whole.m2[band]!)).toBeLessThanOrEqual(
              1e-9 * (whole.m2[band]! + 1e3),
            )
          }
        }),
      )
    })

    it('keeps the digits of a small spread on a large mean', () => {
      const statistics = statisticsOf(
        pixelsOf(
          [1, 2, 3, 4].map(i => new Array(BANDS).fill(1e6 + i)),
          null,
        ),
      )
      expect(statistics.mean[0]).toBe(1e6 + 2.5)
      expect(standardDeviation(statistics)[13]).toBeCloseTo(Math.sqrt(1.25), 12)
    })

    it('leaves invalid pixels out, and is empty where all are', () => {
      const pixels = pixelsOf([new Array(BANDS).fill(7), new Array(BANDS).fill(9999)], [1, 0])
      expect(statisticsOf(pixels)).toMatchObject({ count: 1, mean: new Array(BANDS).fill(7) })
      expect(statisticsOf({ ...pixels, valid: Uint8Array.from([0, 0]) })).toEqual(emptyStatistics())
    })
  })
})
