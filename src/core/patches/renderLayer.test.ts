import { describe, expect, it } from 'vitest'
import { rampColour, YELLOW_BROWN } from './colourRamps'
import type { PatchPixels } from './patch'
import { renderLayer, thumbnail } from './renderLayer'

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
    const ends = range.map(({ low, high }) => [Math.round(low * 1e4), Math.round(high * 1e4)])
    expect(ends).toEqual([
      [300, 319],
      [200, 219],
      [100, 119],
    ])
    expect(range.map(({ unit }) => unit)).toEqual(['reflectance', 'reflectance', 'reflectance'])
    expect(Array.from(rgba.subarray(0, 4))).toEqual([0, 0, 0, 0])
    expect(Array.from(rgba.subarray(19 * 4, 20 * 4))).toEqual([255, 255, 255, 255])
    expect(rgba[10 * 4]).toBe(Math.round((10 / 19) * 255))
  })

  it.each(['true-colour', 'false-colour', 'swir', 'custom', 'elevation'] as const)(
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

  it('draws expressions, a channel each', () => {
    const { rgba, range } = renderLayer(
      patch((band, x) => (band === 7 ? 100 * x : 1000)),
      'custom',
      { channels: ['B8', 'B8 / B4', '2'], percentile: 0 },
    )
    expect(range.map(({ unit }) => unit)).toEqual(['reflectance', '', ''])
    expect(range[1]).toMatchObject({ low: 0, high: expect.closeTo(1.9, 5) })
    expect([...rgba.subarray(0, 4)]).toEqual([0, 0, 128, 255])
    expect([...rgba.subarray(19 * 4, 20 * 4)]).toEqual([255, 255, 128, 255])
    expect(() =>
      renderLayer(
        patch(() => 1),
        'custom',
        { channels: ['B8 +'] },
      ),
    ).toThrow(/character 5/)
  })

  it('is transparent where an index has no value, and drawn beside', () => {
    const { rgba } = renderLayer(
      patch((band, x) => (x === 0 ? 0 : band * 10 + x)),
      'index',
      { channels: ['B8 / B4'] },
    )
    expect([...rgba.subarray(0, 4)]).toEqual([0, 0, 0, 0])
    expect(rgba[7]).toBe(255)
  })

  it('stretches between limits set by hand, but never to one colour', () => {
    const pixels = patch((_, x) => 1000 + x * 100)
    const limits = [{ low: 0.1, high: 0.2 }, null, { low: 0.5, high: 0.9 }]
    const { rgba, range } = renderLayer(pixels, 'true-colour', { limits })
    expect(range[0]).toMatchObject({ low: 0.1, high: 0.2, fits: true })
    expect(rgba[5 * 4]).toBe(128)
    // 0.5 and more is brighter than anything here: that limit was set on another patch.
    expect(range[2]).toMatchObject({ fits: false })
    expect(range[2]!.high).toBeLessThan(0.3)
    const inverted = renderLayer(pixels, 'true-colour', { limits: [{ low: 0.3, high: 0.1 }] })
    expect(inverted.range[0]!.fits).toBe(false)
  })

  it('draws slope over a fixed range, so that patches compare', () => {
    const { range, rgba } = renderLayer(
      patch((band, x) => (band === 12 ? 15 * x : 0)),
      'slope',
    )
    expect(range).toEqual([{ low: 0, high: 60, fits: true, unit: 'degree' }])
    // 0, 15 and 60 degrees, and steeper still, in the colours of the ramp that the legend shows.
    const at = (x: number) => [...rgba.subarray(x * 4, x * 4 + 3)]
    expect([at(0), at(1), at(4), at(9)]).toEqual(
      [0, 0.25, 1, 1].map(place => rampColour(YELLOW_BROWN, place)),
    )
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
