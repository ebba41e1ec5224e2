import { describe, expect, it } from 'vitest'
import { openRaster } from '../raster/openRaster'
import type { RasterSource } from '../raster/rasterSource'
import { sceneTiff } from './testing/sceneTiff'
import { offsetByValues, quantile, sampleBands, scaleByValues } from './valueEvidence'

const sorted = (...values: number[]) => Float64Array.from(values).sort()

describe('sampleBands', () => {
  it('looks elsewhere where the middle has no data', async () => {
    const side = 900
    const value = (_: number, pixel: number) =>
      pixel % side > 700 && pixel / side > 700 ? 1000 + (pixel % 5) : 0
    const raster = await openRaster(sceneTiff('x.tif', { width: side, height: side, value }))
    const [sample] = await sampleBands(raster, [0])
    expect(sample!.length).toBeGreaterThan(400)
    expect([sample![0], sample!.at(-1)]).toEqual([1000, 1004])
  })

  it('reads a coarse level where there is one, without the means of data and no data', async () => {
    const asked: unknown[] = []
    // 1600 x 1600 whose left half is no data; the level of a quarter mixes column 200.
    const raster: RasterSource = {
      ...(await openRaster(sceneTiff('x.tif'))),
      ...{ width: 1600, height: 1600, levels: 5 },
      read: async request => {
        asked.push([request?.level, request?.window])
        const { width, height } = request!.window!
        return [
          Uint16Array.from(
            { length: width * height },
            (_, at) => [0, 500, 1000][Math.sign((at % width) - 200) + 1]!,
          ),
        ]
      },
    }
    const [sample] = await sampleBands(raster, [0])
    expect(asked).toEqual([[2, { column: 0, row: 0, width: 400, height: 400 }]])
    expect([sample![0], sample!.length]).toEqual([1000, 199 * 400])
  })

  it('leaves out the no-data value and what is not finite', async () => {
    const values = [0, 5, -9999, Number.NaN, Number.POSITIVE_INFINITY, 7]
    const file = sceneTiff('x.tif', {
      width: 3,
      height: 2,
      bits: 32,
      format: 3,
      value: (_, pixel) => values[pixel]!,
    })
    const [sample] = await sampleBands({ ...(await openRaster(file)), nodata: -9999 }, [0])
    expect([...sample!]).toEqual([5, 7])
  })

  it('has no quantile of nothing', () => {
    expect(quantile(sorted(), 0.5)).toBeNaN()
    expect([0, 0.5, 1].map(share => quantile(sorted(3, 1, 2), share))).toEqual([1, 2, 3])
  })
})

describe('what values say', () => {
  it.each([
    ['B10 near 0', { B2: 1500, B3: 1500, B4: 1500, B10: 12 }, 10_000, 0],
    ['B10 at the offset', { B2: 1500, B3: 1500, B4: 1500, B10: 1004 }, 10_000, -1000],
    ['the same x 1000', { B2: 150, B10: 101 }, 1000, -100],
    ['a dark visible band', { B2: 1500, B3: 1200, B4: 640 }, 10_000, 0],
    ['dark reflectance', { B2: 0.09, B3: 0.05, B4: 0.03 }, 1, 0],
    ['no dark pixel', { B2: 1900, B3: 1700, B4: 1570 }, 10_000, null],
    ['signs that contradict each other', { B2: 640, B10: 1004 }, 10_000, null],
    ['an unknown scale', { B4: 640, B10: 3 }, null, null],
    ['nothing', {}, 10_000, null],
  ])('%s', (_, darkest, quantification, offset) => {
    const samples = new Map(Object.entries(darkest).map(([band, value]) => [band, sorted(value)]))
    const known = offsetByValues(samples, quantification)
    expect(known.offset).toEqual({ value: offset, evidence: offset === null ? 'asked' : 'values' })
    for (const [band, value] of Object.entries(darkest)) expect(known.remark).toContain(`${band} ${value}`)
  })

  it.each([
    [0.1, 1],
    [100, 1000],
    [1000, 10_000],
    // Dark raw values or bright ones x 1000; between scales; nothing.
    [200, null],
    [400, null],
    [0, null],
  ])('a median of %s is stored x %s', (median, quantification) => {
    const samples = new Map(['B2', 'B3', 'B4', 'B8'].map(band => [band, sorted(median, median, median)]))
    expect(scaleByValues(samples).quantification.value).toBe(quantification)
  })
})
