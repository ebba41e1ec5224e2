import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readGeoPackage } from '../scenes/geoPackage'
import { temporaryFile } from './gdal.testing'
import type { VectorLayer } from './vectorLayer'
import {
  FIELDS,
  feature,
  HOSTILE_TEXTS,
  layerOf,
  ogrRead,
  PYTHON,
  python,
  square,
  stored,
  WITH_HOLE,
} from './vectorLayers.testing'
import { writeGeoPackage } from './writeGeoPackage'

const AT = '2026-01-02T03:04:05.000Z'

const write = (...layers: VectorLayer[]) => writeGeoPackage(layers, { at: AT })
const saved = async (...layers: VectorLayer[]) => temporaryFile('a.gpkg', await write(...layers))

/** Asks SQLite itself, which has the R*Tree that sql.js lacks. */
function sql(path: string, ...queries: string[]): unknown[][] {
  const program =
    'import json, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); ' +
    'print(json.dumps([row for query in sys.argv[2:] for row in c.execute(query).fetchall()]))'
  return JSON.parse(python(program, path, ...queries))
}

describe('what we read back', () => {
  test('polygons, holes and system', async () => {
    const found = await readGeoPackage(await write(layerOf([feature(WITH_HOLE)])), 'a.gpkg')
    const closed = (WITH_HOLE as number[][][]).map(rings => rings.map(ring => [...ring, ring[0]!, ring[1]!]))
    expect(found).toEqual([{ name: 'landslides', polygons: closed, crs: 'EPSG:32633' }])
  })

  test('the same layers and time give the same bytes, another time others', async () => {
    const make = (at: string) =>
      writeGeoPackage([layerOf([feature(WITH_HOLE)], { style: '<qgis/>' })], { at })
    const bytes = await make(AT)
    expect(Buffer.compare(await make(AT), bytes)).toBe(0)
    expect(Buffer.compare(await make('2026-01-02T03:04:06.000Z'), bytes)).not.toBe(0)
  })

  test('a value of another type than its column is refused', async () => {
    await expect(write(layerOf([feature(null, { pixels: 'many' })]))).rejects.toMatchObject({
      code: 'internal',
    })
    await expect(write(layerOf([feature(null, { pixels: 1.5 })]))).rejects.toMatchObject({ code: 'internal' })
  })

  test('what features throw comes through, and so does a cancel', async () => {
    const signal = AbortSignal.abort()
    await expect(writeGeoPackage([layerOf([])], { at: AT, signal })).rejects.toMatchObject({
      code: 'aborted',
    })
    await expect(write(layerOf([], { crs: 'my own' }))).rejects.toMatchObject({ code: 'export-failed' })
  })
})

describe.skipIf(!PYTHON)('what GDAL reads', () => {
  test('layers, columns, system, extent and geometry', async () => {
    const path = await saved(
      layerOf([feature(WITH_HOLE), feature(null, { id: 'no place', area_m2: null })]),
      layerOf([feature([500005, 5000005])], { name: 'audit_points', geometry: 'point' }),
      layerOf([], { name: 'not_analysed' }),
    )
    const { landslides, audit_points, not_analysed } = ogrRead(path)
    expect(landslides).toEqual({
      epsg: '32633',
      system: 'WGS 84 / UTM zone 33N',
      extent: [500000, 500110, 5000000, 5000110],
      types: { id: 'String', pixels: 'Integer64', area_m2: 'Real' },
      rows: [
        {
          values: { id: 'a-1', pixels: 12, area_m2: 1200.5 },
          wkt: expect.stringMatching(
            /^MULTIPOLYGON \(\(\(500000 5000000,.*\),\(500030 .*\)\),\(\(500100 5000100,/,
          ),
          valid: true,
          area: 10000 - 400 + 100,
        },
        { values: { id: 'no place', pixels: 12, area_m2: null }, wkt: null, valid: true, area: 0 },
      ],
    })
    expect(audit_points!.rows[0]!.wkt).toBe('POINT (500005 5000005)')
    expect(not_analysed).toMatchObject({ epsg: '32633', rows: [] })
  })

  test.each([
    ['EPSG:4326', '4326'],
    ['EPSG:4258', '4258'],
    ['EPSG:3857', '3857'],
    ['EPSG:32760', '32760'],
    ['EPSG:25829', '25829'],
    ['EPSG:2056', '2056'],
  ])('%s', async (crs, epsg) => {
    expect(ogrRead(await saved(layerOf([feature(WITH_HOLE)], { crs }))).landslides!.epsg).toBe(epsg)
  })

  test('text of a coordinate system is what PROJ has for its code', async () => {
    for (const code of [4326, 4258, 3857, 32601, 32760, 25828, 25838]) {
      const path = await saved(layerOf([], { crs: `EPSG:${code}` }))
      const [[definition]] = sql(
        path,
        `SELECT definition FROM gpkg_spatial_ref_sys WHERE srs_id = ${code}`,
      ) as [[string]]
      const program =
        'import sys; from osgeo import osr; osr.UseExceptions(); a = osr.SpatialReference(); a.ImportFromWkt(sys.argv[1]); ' +
        'b = osr.SpatialReference(); b.ImportFromEPSG(int(sys.argv[2])); print(a.IsSame(b), a.GetName() == b.GetName())'
      const said = python(program, definition, String(code))
      expect(`${code} ${said.trim()}`).toBe(`${code} 1 True`)
    }
  })

  test('pixels have no system', async () => {
    const path = await saved(layerOf([feature([[square(0, 0, 3)]])], { crs: null }))
    expect(ogrRead(path).landslides).toMatchObject({ epsg: null, extent: [0, 3, 0, 3] })
  })

  test('hostile texts, names and numbers', async () => {
    const fields = [...FIELDS, { ...FIELDS[0]!, name: `we"ird 'name` }]
    const rows = HOSTILE_TEXTS.map(text => feature(null, { id: text, 'we"ird \'name': text }))
    rows.push(feature(null, { area_m2: Number.NaN, pixels: Number.MAX_SAFE_INTEGER }))
    const name = `ta"ble; 'x' <table>`
    const layer = ogrRead(await saved(layerOf(rows, { name, fields })))[name]!
    const expected = HOSTILE_TEXTS.map(stored)
    expect(layer.rows.slice(0, -1).map(({ values }) => values.id)).toEqual(expected)
    expect(layer.rows.slice(0, -1).map(({ values }) => values[`we"ird 'name`])).toEqual(expected)
    expect(layer.rows.at(-1)!.values).toMatchObject({ area_m2: null, pixels: Number.MAX_SAFE_INTEGER })
  })

  test('ogr2ogr copies it without a loss', async () => {
    const rows = [feature(WITH_HOLE), ...HOSTILE_TEXTS.map(id => feature(null, { id }))]
    const path = await saved(layerOf(rows))
    const copy = path.replace('a.gpkg', 'copy.gpkg')
    execFileSync('ogr2ogr', [copy, path])
    expect(ogrRead(copy).landslides).toEqual(ogrRead(path).landslides)
    expect(await readGeoPackage(readFileSync(copy), 'a.gpkg')).toEqual(
      await readGeoPackage(readFileSync(path), 'a.gpkg'),
    )
  })

  test('titles stand above the columns, each once', async () => {
    const again = { ...FIELDS[2]!, name: 'again' }
    const path = await saved(layerOf([], { fields: [...FIELDS, again] }))
    const asked = 'SELECT column_name, name, title, description FROM gpkg_data_columns ORDER BY rowid'
    const title = 'Title of area_m2 (m²)'
    expect(sql(path, asked).slice(2)).toEqual([
      ['area_m2', title, title, 'What area_m2 holds'],
      ['again', null, title, 'What area_m2 holds'],
    ])
  })

  test('styles lie where QGIS asks for them', async () => {
    const style = `<qgis version="3.28">'"</qgis>`
    const path = await saved(layerOf([feature(WITH_HOLE)], { style }), layerOf([], { name: 'plain' }))
    // The filter of QgsOgrProviderMetadata::loadStyle.
    const asked =
      "f_table_schema='' AND f_table_name='landslides' AND f_geometry_column='geom' " +
      'ORDER BY CASE WHEN useAsDefault THEN 1 ELSE 2 END,update_time DESC LIMIT 1'
    const out = execFileSync('ogrinfo', ['-q', path, 'layer_styles', '-where', asked], { encoding: 'utf8' })
    expect(out).toContain(`styleQML (String) = ${style}`)
    expect(out).toContain('useAsDefault (Integer(Boolean)) = 1')
    expect(ogrRead(path).layer_styles!.rows).toHaveLength(1)
  })
})

describe.skipIf(!PYTHON)('the spatial index', () => {
  /** Squares in rows of 100, some of them without a place. */
  const many = (count: number) =>
    layerOf(
      Array.from({ length: count }, (_, i) =>
        feature(
          i % 10 === 9
            ? null
            : [[square(500000.3 + (i % 100) * 30, -5000000.7 - Math.floor(i / 100) * 30, 20)]],
          {
            pixels: i,
          },
        ),
      ),
    )

  test.each([0, 1, 45, 57, 58, 3000, 6000])(
    'of %i features is sound and finds what a scan finds',
    async count => {
      const path = await saved(many(count))
      const placed = count - Math.floor(count / 10)
      expect(
        sql(
          path,
          'PRAGMA integrity_check',
          `SELECT rtreecheck('rtree_landslides_geom')`,
          'SELECT count(*) FROM rtree_landslides_geom',
        ),
      ).toEqual([['ok'], ['ok'], [placed]])
      const window = [500100, -5000500, 500900, -5000031]
      const found = (extra: string[]) =>
        execFileSync(
          'ogrinfo',
          [...extra, '-q', path, 'landslides', '-spat', ...window.map(String), '-geom=NO'],
          { encoding: 'utf8', maxBuffer: 2 ** 26 },
        ).match(/pixels \(Integer64\) = \d+/g)
      const all = found(['--config', 'OGR_GPKG_USE_RTREE', 'NO'])
      expect(found([])).toEqual(all)
      if (count >= 3000) expect(all!.length).toBeGreaterThan(100)
    },
  )

  test('stays right where GDAL edits the file', async () => {
    const path = await saved(many(200))
    const program = `
import sys
from osgeo import gdal, ogr
gdal.UseExceptions()
source = gdal.OpenEx(sys.argv[1], gdal.OF_VECTOR | gdal.OF_UPDATE)
layer = source.GetLayerByName('landslides')
layer.DeleteFeature(1)
row = layer.GetFeature(2)
row.SetGeometry(ogr.CreateGeometryFromWkt('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))'))
layer.SetFeature(row)
row = layer.GetFeature(10)
row.SetGeometry(ogr.CreateGeometryFromWkt('MULTIPOLYGON(((5 5,6 5,6 6,5 5)))'))
layer.SetFeature(row)
row = layer.GetFeature(3)
row.SetGeometry(None)
layer.SetFeature(row)
`
    python(program, path)
    expect(sql(path, `SELECT rtreecheck('rtree_landslides_geom')`)).toEqual([['ok']])
    const inside = 'SELECT id FROM rtree_landslides_geom WHERE maxx <= 10 ORDER BY id'
    expect(sql(path, inside, 'SELECT count(*) FROM rtree_landslides_geom')).toEqual([[2], [10], [179]])
  })
})
