import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { gdalInfo, gdalPixels, hasTool } from './gdal.testing'
import { sharedGrids } from './mosaic'
import { writeMaskGeotiff } from './resultGeotiffs'
import { writeVrt } from './vrt'

const hasGdal = hasTool('gdalinfo', '--version')

test.skipIf(!hasGdal)('GDAL reads two masks as one, the later on top, no data over nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'scarp-vrt-'))
  const place = (x: number) =>
    ({ crs: 'EPSG:32633', transform: [x, 10, 0, 5_000_000, 0, -10], geoKeys: null }) as const
  const scenes = [
    { name: 'a & b', georeference: place(500_000), mask: Uint8Array.of(0, 0, 1, 1, 0, 0, 1, 1) },
    { name: 'later', georeference: place(500_030), mask: Uint8Array.of(255, 1, 0, 0, 0, 0, 0, 0) },
  ].map(scene => ({ ...scene, width: 4, height: 2 }))
  for (const { mask, name, ...place } of scenes) {
    const bytes = await writeMaskGeotiff({ mask, name, ...place, metadata: {} })
    writeFileSync(join(folder, `${name}.tif`), bytes)
  }
  const [grid] = sharedGrids(scenes)
  const sources = grid!.members.map(({ place: { name, width, height } }) => ({
    path: `${name}.tif`,
    width,
    height,
  }))
  const path = join(folder, 'event.vrt')
  writeFileSync(path, writeVrt(grid!, sources, null))
  const info = gdalInfo(path)
  expect(info.size).toEqual([7, 2])
  expect(info.geoTransform).toEqual([500_000, 10, 0, 5_000_000, 0, -10])
  expect(info.coordinateSystem!.wkt).toContain('UTM zone 33N')
  expect(info.bands[0]).toMatchObject({ type: 'Byte', noDataValue: 255 })
  expect([...gdalPixels(path)]).toEqual([0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0])
  expect(info.bands[0]).not.toHaveProperty('scale')
  writeFileSync(path, writeVrt(grid!, sources, 1 / 250))
  expect(gdalInfo(path).bands[0]).toMatchObject({ offset: 0, scale: 0.004 })
})
