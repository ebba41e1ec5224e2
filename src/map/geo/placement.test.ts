import { describe, expect, test } from 'vitest'
import type { Georeference } from '../../core/raster/rasterSource'
import { patchRecord } from '../../state/studio.testing'
import {
  coordinateSystem,
  MapSpace,
  patchAtPlace,
  placePatches,
  scaleBar,
  toRaster,
  toWorld,
} from './placement'

const utm = (x: number, y: number, pixel = 10): Georeference => ({
  crs: 'EPSG:32633',
  transform: [x, pixel, 0, y, 0, -pixel],
  geoKeys: { GTModelTypeGeoKey: 1, ProjectedCSTypeGeoKey: 32633 },
})
/** Turned by 30 degrees: columns run north-east. */
const turned: Georeference = {
  crs: 'EPSG:32633',
  transform: [500_000, 8.66, 5, 5_000_000, 5, -8.66],
  geoKeys: null,
}

describe('placement', () => {
  test('neighbours in one projection come together with the extent of both', () => {
    const { groups, unplaced } = placePatches([
      patchRecord('1', { georeference: utm(500_000, 5_100_000), width: 100, height: 50 }),
      patchRecord('2', { georeference: utm(501_000, 5_100_000, 20), width: 100, height: 50 }),
    ])
    expect(groups).toHaveLength(1)
    expect(groups[0]).toMatchObject({
      system: { key: 'EPSG:32633', unit: 'metre' },
      extent: { left: 500_000, right: 503_000, top: 5_100_000, bottom: 5_099_000 },
      pixel: 10,
    })
    expect(unplaced).toEqual([])
  })

  test('several projections stay apart, most rasters first, and nothing is reprojected', () => {
    const { groups } = placePatches([
      patchRecord('1', {
        georeference: { crs: 'EPSG:4326', transform: [15, 1e-4, 0, 46, 0, -1e-4], geoKeys: null },
      }),
      patchRecord('2', { georeference: utm(0, 0) }),
      patchRecord('3', { georeference: utm(10, 0) }),
    ])
    expect(groups.map(group => [group.system.title, group.placed.length])).toEqual([
      ['EPSG:32633', 2],
      ['EPSG:4326', 1],
    ])
    expect(groups[1]?.system.unit).toBe('degree')
  })

  test('what has no place is listed with the reason, never at zero', () => {
    const { groups, unplaced } = placePatches([
      patchRecord('1'),
      patchRecord('2', { scale: 'raw', path: 'a.tif' }),
      patchRecord('3', { georeference: { crs: 'EPSG:27700', transform: null, geoKeys: null } }),
      patchRecord('4', { georeference: { crs: null, transform: [0, 0, 0, 0, 0, 0], geoKeys: null } }),
      patchRecord('5'),
    ])
    expect(groups).toEqual([])
    expect(unplaced.map(({ reason, patches }) => [reason, patches.map(patch => patch.id)])).toEqual([
      [expect.stringContaining('Landslide4Sense'), ['1', '5']],
      ['The file has no georeference.', ['2']],
      ['The file names EPSG:27700 but gives no position in it.', ['3']],
      ['The transform gives pixels no area.', ['4']],
    ])
  })

  test('a turned raster is placed by its corners and found under a click only where it lies', () => {
    const { groups } = placePatches([patchRecord('1', { georeference: turned, width: 100, height: 100 })])
    const [group] = groups
    const [topLeft, topRight, bottomRight] = group!.placed[0]!.corners
    expect(topLeft).toEqual([500_000, 5_000_000])
    expect(topRight[1]).toBeGreaterThan(topLeft[1])
    expect(bottomRight[0]).toBeCloseTo(500_000 + 866 + 500)
    // Inside the bounding box, outside the raster.
    expect(patchAtPlace(group!.placed, [group!.extent.left + 1, group!.extent.top - 1], null)).toBeNull()
    expect(patchAtPlace(group!.placed, toWorld(turned.transform!, 50, 50), null)?.patch.id).toBe('1')
  })

  test('raster to world and back is exact, turned or not', () => {
    for (const { transform } of [turned, utm(399_960, 5_200_020)]) {
      const { column, row } = toRaster(transform!, toWorld(transform!, 12.5, 99.25))
      expect(column).toBeCloseTo(12.5, 6)
      expect(row).toBeCloseTo(99.25, 6)
    }
  })

  test('of overlapping rasters the selected one is on top, else the last', () => {
    const { groups } = placePatches(['1', '2', '3'].map(id => patchRecord(id, { georeference: utm(0, 100) })))
    const placed = groups[0]!.placed
    expect(patchAtPlace(placed, [5, 95], '2')?.patch.id).toBe('2')
    expect(patchAtPlace(placed, [5, 95], null)?.patch.id).toBe('3')
    expect(patchAtPlace(placed, [-5, 95], null)).toBeNull()
  })

  test('the map counts in pixels of the finest raster, north up, exact in single precision', () => {
    const { groups } = placePatches([
      patchRecord('1', { georeference: utm(399_960, 5_200_020), width: 10_980, height: 10_980 }),
    ])
    const space = new MapSpace(groups[0]!)
    expect([space.width, space.height]).toEqual([10_980, 10_980])
    expect(space.fromWorld([399_960, 5_200_020])).toEqual([0, 0])
    expect(space.fromWorld([399_970, 5_200_000])).toEqual([1, 2])
    expect(space.toWorld([1, 2])).toEqual([399_970, 5_200_000])
    const [x] = space.fromWorld([399_965 + 100_000, 5_200_020])
    expect(Math.abs(Math.fround(x) - x)).toBeLessThan(1e-3)
  })
})

describe('units', () => {
  test('the unit comes from the keys, then the code, and is never guessed', () => {
    expect(coordinateSystem(utm(0, 0)).unit).toBe('metre')
    expect(coordinateSystem({ crs: 'EPSG:2263', transform: null, geoKeys: null }).unit).toBeNull()
    const feet = { GTModelTypeGeoKey: 1, ProjLinearUnitsGeoKey: 9003 }
    expect(coordinateSystem({ crs: 'EPSG:2263', transform: null, geoKeys: feet }).unit).toBe('foot')
    expect(coordinateSystem({ crs: null, transform: null, geoKeys: null })).toMatchObject({
      key: 'unnamed',
      unit: null,
    })
  })

  test('a scale bar is a round length that fits', () => {
    expect(scaleBar(10, 'metre')).toEqual({ width: 100, label: '1 km' })
    expect(scaleBar(1.7, 'metre')?.label).toBe('200 m')
    expect(scaleBar(0.00001, 'degree')).toEqual({ width: expect.closeTo(100, 6), label: '0.001°' })
    expect(scaleBar(3, null)?.label).toBe('200 units')
    for (const units of [0.003, 0.7, 12, 999]) {
      const bar = scaleBar(units, 'metre')!
      expect(bar.width).toBeLessThanOrEqual(140)
      expect(bar.width).toBeGreaterThan(50)
    }
  })
})
