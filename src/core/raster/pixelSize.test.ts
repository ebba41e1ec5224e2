import { expect, test } from 'vitest'
import { pixelSizeOf } from './pixelSize'
import type { AffineTransform } from './rasterSource'

const georeference = (
  crs: string | null,
  transform: AffineTransform | null,
  geoKeys: Record<string, number> | null = null,
) => ({ crs, transform, geoKeys })
const northUp = (x: number, y: number, side: number): AffineTransform => [x, side, 0, y, 0, -side]

test('metres are as the transform has them, feet are converted, a turned raster keeps its size', () => {
  const metric = { GTModelTypeGeoKey: 1, ProjLinearUnitsGeoKey: 9001 }
  const utm = northUp(5e5, 4e6, 10)
  expect(pixelSizeOf(georeference('EPSG:32633', utm), 128, 128)).toEqual({ size: { width: 10, height: 10 } })
  expect(pixelSizeOf(georeference(null, utm, metric), 9, 9)).toEqual({ size: { width: 10, height: 10 } })
  const feet = { GTModelTypeGeoKey: 1, ProjLinearUnitsGeoKey: 9002 }
  expect(pixelSizeOf(georeference('EPSG:2230', utm, feet), 9, 9).size!.width).toBeCloseTo(3.048, 6)
  const turned: AffineTransform = [5e5, 6, 8, 4e6, 8, -6]
  expect(pixelSizeOf(georeference('EPSG:32633', turned), 9, 9)).toEqual({ size: { width: 10, height: 10 } })
})

test('degrees become metres at the middle of the raster', () => {
  // Snyder 1987: at 45 degrees a degree of longitude is 78,847 m and one of latitude 111,132 m long.
  const { size } = pixelSizeOf(georeference('EPSG:4326', northUp(10, 46, 0.01)), 200, 200)
  expect(size!.width).toBeCloseTo(788.47, 1)
  expect(size!.height).toBeCloseTo(1111.32, 1)
})

test('Web Mercator is divided by how much it stretches: twice at 60 degrees', () => {
  const y = Math.asinh(Math.tan(Math.PI / 3)) * 6378137
  const { size } = pixelSizeOf(georeference('EPSG:3857', northUp(0, y + 50, 10)), 10, 10)
  expect(size!.width).toBeCloseTo(5, 3)
})

test.each([
  ['no georeference', null],
  ['no transform', georeference('EPSG:32633', null)],
  ['a world file without a system', georeference(null, northUp(5e5, 4e6, 10))],
  ['a system whose unit nobody names', georeference('EPSG:2230', northUp(5e5, 4e6, 10))],
  ['degrees that are none', georeference('EPSG:4326', northUp(5e5, 4e6, 10))],
])('%s: in pixels, and why', (_, given) => {
  const known = pixelSizeOf(given, 128, 128)
  expect(known.size).toBeNull()
  expect('reason' in known && known.reason).toMatch(/in pixels/)
})
