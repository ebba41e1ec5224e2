import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasTool } from '../export/gdal.testing'
import { AppError } from '../foundation/appError'
import { bytesInput } from '../raster/inputFile'
import { readPolygons } from './polygonFile'
import { crsOfWkt, parseShapefile } from './shapefile'
import { writeShapefile } from './testing/shapefile'

const square = [0, 0, 0, 10, 10, 10, 10, 0, 0, 0]
const hole = [2, 2, 4, 2, 4, 4, 2, 4, 2, 2]

describe('Shapefile', () => {
  test('a record is a polygon of its rings; heights and measures are passed over', () => {
    const records = [[square, hole], [square]]
    expect(parseShapefile(writeShapefile(records), 'a.shp', 100)).toEqual(records)
    expect(parseShapefile(writeShapefile([[square]], 15), 'a.shp', 100)).toEqual([[square]])
    expect(parseShapefile(writeShapefile([[square]], 25), 'a.shp', 100)).toEqual([[square]])
    expect(parseShapefile(writeShapefile([[]], 1), 'a.shp', 100)).toEqual([])
  })

  test.each<[string, (bytes: Uint8Array, view: DataView) => Uint8Array | undefined, string]>([
    ['no header', bytes => bytes.subarray(0, 50), 'not a Shapefile'],
    ['another file', (_, view) => void view.setInt32(0, 1), 'not a Shapefile'],
    ['cut within a record', bytes => bytes.subarray(0, bytes.length - 20), 'ends beyond the file'],
    ['cut within a record header', bytes => bytes.subarray(0, 106), 'no content'],
    ['a negative length', (_, view) => void view.setInt32(104, -1), 'ends beyond the file'],
    [
      'more points than there are',
      (_, view) => void view.setInt32(108 + 40, 1000, true),
      'beyond its record',
    ],
    ['a negative number of parts', (_, view) => void view.setInt32(108 + 36, -1, true), 'beyond its record'],
    ['parts without end', (_, view) => void view.setInt32(108 + 36, 2 ** 31 - 1, true), 'beyond its record'],
    ['a ring that begins behind the points', (_, view) => void view.setInt32(108 + 44, 99, true), 'overlap'],
    ['a position that is none', (_, view) => void view.setFloat64(108 + 48, Number.NaN, true), 'two numbers'],
    ['surfaces in space', (_, view) => void view.setInt32(108, 31, true), 'surfaces in space'],
  ])('refuses %s', (_, damage, message) => {
    const bytes = writeShapefile([[square]])
    const damaged = damage(bytes, new DataView(bytes.buffer)) ?? bytes
    expect(() => parseShapefile(damaged, 'a.shp', 100)).toThrow(message)
  })

  test('refuses more vertices than asked for before it makes them', () => {
    expect(() => parseShapefile(writeShapefile([[square], [square]]), 'a.shp', 9)).toThrow(
      'more than 9 vertices',
    )
  })

  test('any damage is refused by name or read', () => {
    const sound = writeShapefile([[square, hole], [square]])
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { maxLength: 6 }), changes => {
        const bytes = sound.slice()
        for (const [at, value] of changes) bytes[at] = value
        try {
          parseShapefile(bytes, 'a.shp', 1000)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(AppError)
        }
      }),
      { numRuns: 2000, seed: 4 },
    )
  })

  test('needs the .prj beside it, of the same name in any case', async () => {
    const file = bytesInput('event/a.SHP', writeShapefile([[square]]))
    const prj = bytesInput('event/A.prj', new TextEncoder().encode('GEOGCS["GCS_WGS_1984",DATUM["D"]]'))
    const other = bytesInput('other/a.prj', new TextEncoder().encode('GEOGCS["ETRS89"]'))
    expect(await readPolygons(file, { beside: [other, prj] })).toMatchObject({ crs: 'EPSG:4326' })
    await expect(readPolygons(file, { beside: [other] })).rejects.toThrow('give its .prj file with it')
  })
})

describe('coordinate systems described in words', () => {
  test.each([
    ['PROJCS["WGS_1984_UTM_Zone_33N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]]', 32633],
    ['PROJCS["WGS_1984_UTM_Zone_5S",GEOGCS["GCS_WGS_1984"]]', 32705],
    ['PROJCS["ETRS_1989_UTM_Zone_32N",GEOGCS["GCS_ETRS_1989"]]', 25832],
    ['PROJCS["NAD83 / UTM zone 10N",GEOGCS["NAD83"]]', 26910],
    ['PROJCS["x",GEOGCS["y",AUTHORITY["EPSG","4326"]],AUTHORITY["EPSG","31370"]]\n', 31370],
    ['PROJCRS["x",BASEGEOGCRS["y",ID["EPSG",4326]],ID["EPSG",2154]]', 2154],
    ['GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]]]', 4326],
    ['PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",GEOGCS["GCS_WGS_1984"]]', 3857],
  ])('%s', (wkt, code) => {
    expect(crsOfWkt(wkt, 'a.prj')).toBe(`EPSG:${code}`)
  })

  test.each([
    'PROJCS["My own plane",GEOGCS["GCS_WGS_1984",AUTHORITY["EPSG","4326"]],UNIT["Meter",1.0]]',
    'PROJCS["WGS_1984_UTM_Zone_61N",GEOGCS["GCS_WGS_1984"]]',
    'PROJCS["ETRS_1989_UTM_Zone_33S",GEOGCS["GCS_ETRS_1989"]]',
    'GEOGCS["constructor"]',
    '',
    '\u0000\u0001',
  ])('is refused with the way out: %s', wkt => {
    expect(() => crsOfWkt(wkt, 'a.prj')).toThrow(/ogr2ogr/)
  })
})

describe.skipIf(!hasTool('ogr2ogr', '--version'))('what GDAL writes', () => {
  test.each(['EPSG:32633', 'EPSG:4326', 'EPSG:25832', 'EPSG:27700', 'EPSG:2154'])('in %s', async crs => {
    const folder = mkdtempSync(join(tmpdir(), 'scarp-shp-'))
    const geoJson = { type: 'Polygon', coordinates: [pairs(square), pairs(hole)] }
    writeFileSync(join(folder, 'in.geojson'), JSON.stringify(geoJson))
    execFileSync('ogr2ogr', ['-a_srs', crs, join(folder, 'out.shp'), join(folder, 'in.geojson')])
    const file = (ending: string) =>
      bytesInput(`out.${ending}`, new Uint8Array(readFileSync(join(folder, `out.${ending}`))))
    const read = readPolygons(file('shp'), { beside: [file('prj')] })
    if (['EPSG:27700', 'EPSG:2154'].includes(crs)) {
      // ESRI's names without a code: only common ones are known, the rest is refused with the way out.
      await expect(read).rejects.toThrow('ogr2ogr -t_srs EPSG:4326')
      return
    }
    const found = await read
    expect(found.crs).toBe(crs)
    expect(found.polygons).toEqual([[square, hole]])
  })
})

function pairs(ring: readonly number[]): number[][] {
  return ring.flatMap((x, i) => (i % 2 === 0 ? [[x, ring[i + 1]!]] : []))
}
