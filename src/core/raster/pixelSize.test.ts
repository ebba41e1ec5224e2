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
  const survey = { ProjLinearUnitsGeoKey: 9003 }
  expect(pixelSizeOf(georeference(null, utm, survey), 9, 9).size!.width).toBeCloseTo(3.0480061, 7)
  for (const crs of ['EPSG:32701', 'EPSG:25832', 'EPSG:3035']) {
    expect(pixelSizeOf(georeference(crs, utm), 9, 9).size).toEqual({ width: 10, height: 10 })
  }
  const oblong: AffineTransform = [5e5, 6, 16, 4e6, 8, -12]
  expect(pixelSizeOf(georeference('EPSG:32633', oblong), 9, 9).size).toEqual({ width: 10, height: 20 })
  const turned: AffineTransform = [5e5, 6, 8, 4e6, 8, -6]
  expect(pixelSizeOf(georeference('EPSG:32633', turned), 9, 9)).toEqual({ size: { width: 10, height: 10 } })
})

test('degrees become metres at the middle of the raster', () => {
  // Snyder 1987: at 45 degrees a degree of longitude is 78,847 m and one of latitude 111,132 m long.
  const { size } = pixelSizeOf(georeference('EPSG:4326', northUp(10, 46, 0.01)), 200, 200)
  expect(size!.width).toBeCloseTo(788.47, 1)
  expect(size!.height).toBeCloseTo(1111.32, 1)
  // Turned by a right angle: columns run north, rows run east; the middle is the same.
  const turned = pixelSizeOf(georeference('EPSG:4326', [10, 0, 0.01, 44, 0.01, 0]), 200, 200).size
  expect(turned!.width).toBeCloseTo(1111.32, 1)
  expect(turned!.height).toBeCloseTo(788.47, 1)
  // On the equator 111,320 and 110,574 m; at 60 degrees 55,800 and 111,412 m (Snyder 1987, table 5).
  for (const [latitude, east, north] of [
    [0, 111_320, 110_574],
    [60, 55_800, 111_412],
  ] as const) {
    const degree = georeference(null, northUp(10, latitude + 0.5, 1), { GTModelTypeGeoKey: 2 })
    const { width, height } = pixelSizeOf(degree, 1, 1).size!
    expect(Math.abs(width - east)).toBeLessThan(2)
    expect(Math.abs(height - north)).toBeLessThan(2)
  }
})

test('Web Mercator is divided by how much it stretches: twice at 60 degrees', () => {
  const y = Math.asinh(Math.tan(Math.PI / 3)) * 6378137
  const { size } = pixelSizeOf(georeference('EPSG:3857', northUp(0, y + 50, 10)), 10, 10)
  expect(size!.width).toBeCloseTo(5, 3)
  for (const crs of ['EPSG:900913', 'EPSG:102100']) {
    const turned: AffineTransform = [0, 0, 8, y - 40, 8, 0]
    const found = pixelSizeOf(georeference(crs, turned), 10, 20).size
    expect(found!.width).toBeCloseTo(4, 3)
    expect(found!.height).toBeCloseTo(4, 3)
  }
})

const UNIT = 'The file does not say in which unit its coordinates are'
const DEGREES = 'The file says degrees, and its transform is not in degrees'
const FLAT = 'The transform of the file gives pixels no size'

test.each([
  ['no georeference', null, 'The file has no georeference'],
  ['no transform', georeference('EPSG:32633', null), 'The file has no georeference'],
  ['a world file without a system', georeference(null, northUp(5e5, 4e6, 10)), UNIT],
  ['a system whose unit nobody names', georeference('EPSG:2230', northUp(5e5, 4e6, 10)), UNIT],
  [
    'a unit nobody knows',
    georeference('EPSG:2230', northUp(5e5, 4e6, 10), { ProjLinearUnitsGeoKey: 9999 }),
    UNIT,
  ],
  ['degrees that are none', georeference('EPSG:4326', northUp(5e5, 4e6, 10)), DEGREES],
  ['a latitude above 90', georeference('EPSG:4326', northUp(10, 91.3, 0.01)), DEGREES],
  ['a longitude above 360', georeference('EPSG:4326', northUp(360.1, 45, 0.01)), DEGREES],
  ['pixels of no width', georeference('EPSG:32633', [5e5, 0, 0, 4e6, 0, -10]), FLAT],
  ['pixels of no height', georeference('EPSG:32633', [5e5, 10, 0, 4e6, 0, 0]), FLAT],
])('%s: in pixels, and why', (_, given, why) => {
  const reason = `${why}: the size of a pixel is not known, so sizes are in pixels.`
  expect(pixelSizeOf(given, 128, 128)).toEqual({ size: null, reason })
})
