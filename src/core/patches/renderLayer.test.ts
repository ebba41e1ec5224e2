import { describe, expect, it } from 'vitest'
import type { PatchPixels } from './patch'
import { renderLayer } from './renderLayer'
import { thumbnail } from './thumbnail'

const width = 20
const height = 10
const area = width * height

function patch(
  value: (band: number, x: number, y: number) => number,
  valid: Uint8Array | null = null,
): PatchPixels {
  const data = Float32Array.from({ length: 14 * area }, (_, i) => {
    const pixel = i % area
    return value(Math.floor(i / area), pixel % width, Math.floor(pixel / width))
  })
  return { data, valid, width, height }
}

describe('renderLayer', () => {
  it('stretches red, green and blue from B4, B3 and B2 between percentiles of valid pixels', () => {
    const valid = new Uint8Array(area).fill(1)
    valid[0] = 0
    const pixels = patch((band, x, y) => (x + y === 0 ? 60_000 : band * 100 + x), valid)
    const { rgba, range } = renderLayer(pixels, 'true-colour', { percentile: 0 })
    expect(range.map(({ low, high }) => [low, high])).toEqual([
      [300, 319],
      [200, 219],
      [100, 119],
    ])
    expect(Array.from(rgba.subarray(0, 4))).toEqual([0, 0, 0, 0])
    expect(Array.from(rgba.subarray(19 * 4, 20 * 4))).toEqual([255, 255, 255, 255])
    expect(rgba[10 * 4]).toBe(Math.round((10 / 19) * 255))
  })

  it.each(['true-colour', 'false-colour', 'swir', 'elevation'] as const)(
    'draws %s of a constant patch neither black nor white',
    layer => {
      const { rgba } = renderLayer(
        patch(() => 1234),
        layer,
      )
      const [red, green, blue, alpha] = rgba
      expect(alpha).toBe(255)
      expect((red! + green! + blue!) / 3).toBeGreaterThan(60)
      expect((red! + green! + blue!) / 3).toBeLessThan(200)
    },
  )

  it('is transparent where nothing is valid', () => {
    const { rgba } = renderLayer(
      patch(() => Number.NaN, new Uint8Array(area)),
      'true-colour',
    )
    expect(rgba.every(value => value === 0)).toBe(true)
  })

  it('lights slopes towards the north-west, by as much as the formula says', () => {
    const flat = renderLayer(
      patch(() => 500),
      'hillshade',
    ).rgba[4 * 45]!
    expect(flat).toBe(Math.round(255 * Math.SQRT1_2))
    // Elevation falls towards the north-west at 45 degrees: its surface faces the sun squarely.
    const facing = renderLayer(
      patch((_, x, y) => 10 * Math.SQRT1_2 * (x + y)),
      'hillshade',
    ).rgba[4 * 45]!
    const averted = renderLayer(
      patch((_, x, y) => -10 * Math.SQRT1_2 * (x + y)),
      'hillshade',
    ).rgba[4 * 45]!
    expect(facing).toBe(255)
    expect(averted).toBeLessThan(3)
  })

  it('draws slope over a fixed range, so that patches compare', () => {
    const { range } = renderLayer(
      patch((band, x) => (band === 12 ? x : 0)),
      'slope',
    )
    expect(range).toEqual([{ low: 0, high: 60, unit: 'degree' }])
  })
})

describe('thumbnail', () => {
  it('keeps the aspect, averages boxes and does not enlarge', () => {
    const pixels = patch((_, x) => (x < 10 ? 100 : 300))
    const small = thumbnail(pixels, 10)
    expect([small.width, small.height, small.rgba.length]).toEqual([10, 5, 200])
    expect([small.rgba[0], small.rgba[9 * 4]]).toEqual([0, 255])
    expect(thumbnail(pixels, 500)).toMatchObject({ width, height })
  })
})
