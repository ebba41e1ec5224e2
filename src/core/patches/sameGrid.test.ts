import { expect, test } from 'vitest'
import type { AffineTransform, Georeference } from '../raster/rasterSource'
import { liesApart, refuseOtherGrid } from './sameGrid'

const TRANSFORM: AffineTransform = [412_000, 10, 0, 5_140_000, 0, -10]
const at = (crs: string | null, transform: AffineTransform | null = TRANSFORM): Georeference => {
  return { crs, transform, geoKeys: null }
}
const patch = { name: 'north', width: 64, height: 48, georeference: at('EPSG:32633') }
const raster = { path: 'new/north.tif', width: 64, height: 48, georeference: at('EPSG:32633') }

/** Why it is refused; null: it is taken. */
function refusal(change: Partial<typeof raster> | { georeference: null }, of: object = {}): string | null {
  try {
    refuseOtherGrid({ ...patch, ...of }, { ...raster, ...change } as never)
    return null
  } catch (thrown) {
    return (thrown as Error).message
  }
}

test('a file on the grid of a patch is taken, also where only the file says where that is', () => {
  expect(refusal({})).toBeNull()
  expect(refusal({}, { georeference: null })).toBeNull()
  expect(refusal({ georeference: null }, { georeference: null })).toBeNull()
  // Less than a thousandth of a pixel aside: rounding of another program.
  expect(refusal({ georeference: at('EPSG:32633', [412_000.004, 10, 0, 5_140_000, 0, -10]) })).toBeNull()
})

test('another size, coordinate system or place is refused, with both named', () => {
  expect(refusal({ width: 65 })).toContain('"new/north.tif" has 65 x 48 pixels, north has 64 x 48.')
  expect(refusal({ georeference: at('EPSG:32632') })).toContain('lies in EPSG:32632, north in EPSG:32633')
  expect(refusal({ georeference: at('EPSG:32633', [412_010, 10, 0, 5_140_000, 0, -10]) })).toContain(
    'begins at 412010, 5140000 with pixels of 10, north at 412000, 5140000',
  )
  expect(refusal({ georeference: at('EPSG:32633', [412_000, 20, 0, 5_140_000, 0, -20]) })).toContain(
    'with pixels of 20',
  )
})

test('a file without a place does not take that of a patch away', () => {
  expect(refusal({ georeference: null })).toContain('names no coordinate system, north lies in EPSG:32633')
  expect(refusal({ georeference: null }, { georeference: at(null) })).toContain('does not say where it lies')
})

test('two places differ only where both are known', () => {
  expect(liesApart(null, at('EPSG:32633'))).toBe(false)
  expect(liesApart(at('EPSG:4326'), at('EPSG:32633'))).toBe(true)
  expect(liesApart(at(null), at('EPSG:32633'))).toBe(false)
})
