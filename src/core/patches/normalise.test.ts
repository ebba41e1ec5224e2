import { expect, it } from 'vitest'
import { normalise } from './normalise'
import type { PatchPixels } from './patch'
import { statisticsOf } from './statistics'

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
