import { expect, test } from 'vitest'
import { BANDS } from '../patches/bands'
import { spectralDistance, spectralReference } from './spectralLikeness'

const AREA = 4

/** Bands in which `values` stand in every spectral band, in its own unit and scale; terrain is noise. */
function raster(values: readonly number[], scaleOf: (band: number) => number = () => 1): Float32Array {
  return Float32Array.from({ length: BANDS.length * AREA }, (_, index) => {
    const band = Math.floor(index / AREA)
    return band < 12 ? scaleOf(band) * values[index % AREA]! : 1000 * Math.sin(index)
  })
}

/** Of a raster to one of its own pixels. */
function distanceWithin(data: Float32Array, area: number, valid: Uint8Array | null, first: number) {
  return spectralDistance(spectralReference(data, area, valid, first), data, area, valid)
}

test('the distance is in deviations of the raster, whatever the scale of a band, and terrain has no say', () => {
  const plain = distanceWithin(raster([0, 0, 2, 2]), AREA, null, 0)
  // Mean 1, deviation 1: the others are two deviations away.
  expect([0, 1, 2, 3].map(plain)).toEqual([0, 0, 2, 2])
  const scaled = distanceWithin(
    raster([0, 0, 2, 2], band => 10 ** (band % 4)),
    AREA,
    null,
    0,
  )
  expect(scaled(2)).toBeCloseTo(2, 5)
})

test('a band that does not vary is left out, and pixels without data are like none', () => {
  const flat = distanceWithin(
    raster([0, 0, 2, 2], band => (band === 3 ? 1 : 0)),
    AREA,
    null,
    0,
  )
  expect(flat(2)).toBeCloseTo(2, 5)
  const holes = distanceWithin(raster([0, 0, 2, 2]), AREA, Uint8Array.of(1, 0, 1, 1), 0)
  expect([0, 1].map(holes)).toEqual([0, Number.NaN])
  expect(holes(2)).toBeCloseTo(4.5 ** 0.5, 5)
  const none = distanceWithin(raster([0, 0, 2, 2]), AREA, new Uint8Array(4), 0)
  expect(none(2)).toBeNaN()
  const start = distanceWithin(raster([0, 0, 2, 2]), AREA, Uint8Array.of(0, 1, 1, 1), 0)
  expect(start(2)).toBeNaN()
  expect(distanceWithin(raster([1, 1, 1, 1]), AREA, null, 0)(3)).toBe(0)
})

test('pixels of another raster are measured by the deviations of the first', () => {
  const reference = spectralReference(raster([0, 0, 2, 2]), AREA, null, 0)
  const beside = spectralDistance(reference, raster([0, 1, 2, 30]), AREA, Uint8Array.of(1, 1, 1, 0))
  expect([0, 1, 2, 3].map(beside)).toEqual([0, 1, 2, Number.NaN])
})
