import { expect, test } from 'vitest'
import { areaOfTags, areaTag, movedArea } from './areaTag'

const georeference = { crs: 'EPSG:32633', transform: [500_000, 10, 0, 5_100_000, 0, -10] as const }

test('an area comes back in the pixels of the raster that its tag is read from', () => {
  const area = [[[12, 6, 12, 9, 20.5, 9]], [[0, 0, 0, 2, 2, 2]]]
  const tag = areaTag(movedArea(area, { column: 10, row: 5, width: 30, height: 20 }), georeference)
  expect(areaOfTags(tag, georeference)).toEqual([[[2, 1, 2, 4, 10.5, 4]], [[-10, -5, -10, -3, -8, -3]]])
  // Cut out of the raster by another program, which keeps its metadata.
  const cut = { ...georeference, transform: [500_010, 10, 0, 5_099_990, 0, -10] as const }
  expect(areaOfTags(tag, cut)?.[0]).toEqual([[1, -0, 1, 3, 9.5, 3]])
})

test('no area is read that is not there, damaged, or in another system', () => {
  const tag = areaTag([[[0, 0, 0, 9, 9, 9]]], georeference)
  expect(areaOfTags(tag, { ...georeference, crs: 'EPSG:32634' })).toBeNull()
  expect(areaOfTags(tag, null)).toBeNull()
  for (const SCARP_AREA of [
    '',
    '{',
    '[]',
    '{"crs":"EPSG:32633","polygons":[[[1,2,3]]]}',
    tag.SCARP_AREA!.replace('[5', '["5'),
  ]) {
    expect(areaOfTags({ SCARP_AREA }, georeference), SCARP_AREA).toBeNull()
  }
})

test('what has no place, or is too long for an item of metadata, leaves no tag', () => {
  expect(areaTag([[[0, 0, 0, 9, 9, 9]]], null)).toEqual({})
  const long = Array.from({ length: 2000 }, (_, i) => i + 0.123)
  expect(areaTag([[long]], georeference)).toEqual({})
})
