import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasTool } from '../export/gdal.testing'
import { AppError } from '../foundation/appError'
import { bytesInput } from '../raster/inputFile'
import { readArea, readOutlines } from './area'
import { parseGeoJson } from './geoJson'
import type { SceneGrid } from './scene'
import { openFile } from './scenes.testing'

const UTM33: SceneGrid = {
  crs: 'EPSG:32633',
  transform: [465000, 10, 0, 5080000, 0, -10],
  width: 300,
  height: 200,
}
const whole = { column: 0, row: 0, width: 300, height: 200 }

const read = (geoJson: unknown, grid = UTM33) =>
  readArea(bytesInput('area.geojson', new TextEncoder().encode(JSON.stringify(geoJson))), grid)

/** In the scene's own coordinates, so that pixels can be counted. */
const inUtm = (geometry: object) => ({
  type: 'FeatureCollection',
  crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32633' } },
  features: [{ type: 'Feature', properties: {}, geometry }],
})

/** A rectangle of pixels. */
const box = (column: number, row: number, width: number, height: number) => [
  [465000 + column * 10, 5080000 - row * 10],
  [465000 + (column + width) * 10, 5080000 - row * 10],
  [465000 + (column + width) * 10, 5080000 - (row + height) * 10],
  [465000 + column * 10, 5080000 - (row + height) * 10],
  [465000 + column * 10, 5080000 - row * 10],
]

const count = (mask: Uint8Array) => mask.reduce((sum, value) => sum + value, 0)

describe('area of interest', () => {
  it('is the pixels whose centres lie inside, without its holes', async () => {
    const area = await read(
      inUtm({ type: 'Polygon', coordinates: [box(10, 20, 50, 40), box(20, 30, 10, 10)] }),
    )
    expect(area.bounds).toEqual({ column: 10, row: 20, width: 50, height: 40 })
    const mask = area.mask(whole)
    expect(count(mask)).toBe(50 * 40 - 10 * 10)
    expect([mask[20 * 300 + 10], mask[19 * 300 + 10], mask[35 * 300 + 25], mask[59 * 300 + 59]]).toEqual([
      1, 0, 0, 1,
    ])
    // Any window is the crop of the whole.
    const part = area.mask({ column: 15, row: 25, width: 33, height: 21 })
    part.forEach((value, i) => {
      expect(value).toBe(mask[(25 + Math.floor(i / 33)) * 300 + 15 + (i % 33)])
    })
  })

  it('is all polygons together, also where they overlap, however they are nested', async () => {
    const collection = {
      type: 'GeometryCollection',
      geometries: [
        { type: 'Point', coordinates: [0, 0] },
        { type: 'MultiPolygon', coordinates: [[box(0, 0, 20, 20)], [box(10, 10, 20, 20)]] },
        { type: 'GeometryCollection', geometries: [{ type: 'Polygon', coordinates: [box(100, 100, 5, 5)] }] },
      ],
    }
    const area = await read(inUtm(collection))
    expect(count(area.mask(whole))).toBe(400 + 400 - 100 + 25)
  })

  it('closes open rings, and takes rings that touch or cross themselves by even and odd', async () => {
    const open = box(10, 10, 10, 10).slice(0, 4)
    expect(count((await read(inUtm({ type: 'Polygon', coordinates: [open] }))).mask(whole))).toBe(100)
    const eight = [
      ...box(0, 0, 10, 10).slice(0, 4),
      ...box(0, 0, 10, 10).slice(0, 1),
      ...box(0, 0, 5, 5).slice(1),
    ]
    expect(count((await read(inUtm({ type: 'Polygon', coordinates: [eight] }))).mask(whole))).toBe(75)
  })

  it('takes WGS 84 by default, and one that holds the whole scene and half the world', async () => {
    const world = [
      [-180, -90],
      [180, -90],
      [180, 90],
      [-180, 90],
      [-180, -90],
    ]
    const area = await read({ type: 'Polygon', coordinates: [world] })
    expect(area.bounds).toEqual(whole)
    expect(count(area.mask(whole))).toBe(300 * 200)
  })

  it('crosses the 180th meridian in either way of writing it', async () => {
    const grid: SceneGrid = {
      crs: 'EPSG:32760',
      transform: [815000, 10, 0, 8180000, 0, -10],
      width: 900,
      height: 90,
    }
    const ring = (left: number, right: number) => [
      [left, -17],
      [right, -17],
      [right, -16],
      [left, -16],
    ]
    const parts = [[ring(179, 180)], [ring(-180, -179)]]
    const split = await read({ type: 'MultiPolygon', coordinates: parts }, grid)
    const beyond = await read({ type: 'Polygon', coordinates: [ring(179, 181)] }, grid)
    const pixels = { column: 0, row: 0, width: 900, height: 90 }
    expect(count(split.mask(pixels))).toBe(900 * 90)
    expect(count(beyond.mask(pixels))).toBe(900 * 90)
  })

  it.each([
    [
      'elsewhere',
      {
        type: 'Polygon',
        coordinates: [
          [
            [14.55, 47],
            [14.6, 47],
            [14.6, 47.1],
          ],
        ],
      },
      'bad-argument',
      /lies elsewhere, about 126 km north of the middle/,
    ],
    [
      'far away',
      {
        type: 'Polygon',
        coordinates: [
          [
            [-70, -30],
            [-70, -31],
            [-71, -30],
          ],
        ],
      },
      'bad-argument',
      /lies elsewhere, about 1[\d,]+ km/,
    ],
    ['without polygons', { type: 'Point', coordinates: [14.5, 45.8] }, 'bad-argument', /has no polygon/],
    [
      'smaller than a pixel',
      inUtm({ type: 'Polygon', coordinates: [box(10.1, 10.1, 0.2, 0.2)] }),
      'bad-argument',
      /smaller than one/,
    ],
    [
      'in metres without saying so',
      { type: 'Polygon', coordinates: [box(0, 0, 10, 10)] },
      'file-unsupported',
      /should be in degrees, and has coordinates like 465100, 5.08e\+6|should be in degrees/,
    ],
    [
      'of huge numbers',
      {
        type: 'Polygon',
        coordinates: [
          [
            [1e300, 1],
            [1, 1e300],
            [2, 2],
          ],
        ],
      },
      'file-unsupported',
      /should be in degrees/,
    ],
    [
      'with null',
      {
        type: 'Polygon',
        coordinates: [
          [
            [null, 1],
            [1, 2],
            [2, 2],
          ],
        ],
      },
      'file-malformed',
      /not two numbers/,
    ],
    ['with a text', { type: 'Polygon', coordinates: 'x' }, 'file-malformed', /without rings/],
    ['other JSON', [1, 2], 'file-malformed', /is JSON, but not GeoJSON/],
    ['null', null, 'file-malformed', /not GeoJSON/],
    [
      'with a linked system',
      { ...inUtm({}), crs: { type: 'link', properties: { href: 'x' } } },
      'file-unsupported',
      /without a name.*-t_srs EPSG:4326/,
    ],
    [
      'in a named system',
      { ...inUtm({}), crs: { type: 'name', properties: { name: 'My grid' } } },
      'file-unsupported',
      /"My grid"/,
    ],
  ])('refuses one %s in one message', async (_, geoJson, code, message) => {
    await expect(read(geoJson)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('refuses too many bytes, too many vertices and collections without end', async () => {
    const huge = { path: 'a.geojson', size: 2 ** 31, slice: () => Promise.reject(new Error('read')) }
    await expect(readArea(huge, UTM33)).rejects.toMatchObject({ code: 'file-too-large' })
    const ring = (vertices: number) =>
      `{"type":"Polygon","coordinates":[[${'[14,45],'.repeat(vertices)}[14,45]]]}`
    expect(parseGeoJson(ring(99), 'a.geojson', 100).polygons).toHaveLength(1)
    for (const vertices of [100, 20_000]) {
      expect(() => parseGeoJson(ring(vertices), 'a.geojson', 100)).toThrow(
        /more than 100 vertices.*-simplify/,
      )
    }
    const deep = `${'{"type":"GeometryCollection","geometries":['.repeat(500)}${']}'.repeat(500)}`
    await expect(
      readArea(bytesInput('a.geojson', new TextEncoder().encode(deep)), UTM33),
    ).rejects.toMatchObject({
      code: 'file-malformed',
      message: expect.stringMatching(/without end/),
    })
  })
})

const folder = mkdtempSync(join(tmpdir(), 'scarp-area-'))
let files = 0
function ogr(geoJson: unknown, options: string[], ending = 'gpkg'): string {
  const input = join(folder, `${++files}.geojson`)
  const output = join(folder, `${files}.${ending}`)
  writeFileSync(input, JSON.stringify(geoJson))
  execFileSync('ogr2ogr', ['-q', ...options, output, input], { stdio: ['ignore', 'ignore', 'pipe'] })
  return output
}
const readFile = (path: string) => readArea(bytesInput(path, new Uint8Array(readFileSync(path))), UTM33)

/** A ragged ring around a place, in degrees. */
const star = (x: number, y: number, size: number, points = 41) =>
  Array.from({ length: points + 1 }, (_, i) => {
    const angle = (2 * Math.PI * (i % points)) / points
    const radius = size * (i % points === 0 ? 1 : 0.4 + 0.6 * (((i * 7919) % 13) / 13))
    return [x + radius * Math.cos(angle), y + radius * 0.7 * Math.sin(angle)]
  })

describe.runIf(hasTool('ogr2ogr', '--version'))('area of interest beside GDAL', () => {
  const polygons = {
    type: 'MultiPolygon',
    coordinates: [[star(14.565, 45.862, 0.012), star(14.565, 45.862, 0.004)], [star(14.55, 45.868, 0.002)]],
  }

  it('marks the pixels that gdal_rasterize marks', async () => {
    const geoJson = { type: 'Feature', properties: {}, geometry: polygons }
    const area = await read(geoJson)
    // GDAL projects vertices only: the edges are short enough.
    const utm = ogr(geoJson, ['-t_srs', 'EPSG:32633'])
    const output = join(folder, 'mask.tif')
    const [x, , , y] = UTM33.transform
    const extent = [x, y - 2000, x + 3000, y].map(String)
    execFileSync('gdal_rasterize', [
      '-q',
      '-burn',
      '1',
      '-te',
      ...extent,
      '-ts',
      '300',
      '200',
      '-ot',
      'Byte',
      utm,
      output,
    ])
    const [expected] = await (await openFile(output)).read()
    const mask = area.mask(whole)
    expect(count(mask)).toBeGreaterThan(5000)
    expect(mask.reduce((sum, value, i) => sum + (value === expected![i] ? 0 : 1), 0)).toBeLessThanOrEqual(3)
  })

  it.each([
    ['WGS 84', []],
    ['UTM', ['-t_srs', 'EPSG:32633']],
    ['LAEA of Europe', ['-t_srs', 'EPSG:3035']],
    ['three dimensions', ['-dim', 'XYZ']],
    ['XYM', ['-dim', 'XYM']],
  ])('reads a GeoPackage in %s', async (_, options) => {
    const geoJson = { type: 'Feature', properties: {}, geometry: polygons }
    const expected = (await read(geoJson)).mask(whole)
    const mask = (await readFile(ogr(geoJson, options))).mask(whole)
    expect(count(mask)).toBeGreaterThan(5000)
    expect(mask.reduce((sum, value, i) => sum + (value === expected[i] ? 0 : 1), 0)).toBeLessThanOrEqual(3)
  })

  it('takes the one layer with polygons, and asks which of several by naming them', async () => {
    const feature = { type: 'Feature', properties: {}, geometry: polygons }
    const path = ogr(feature, ['-nln', 'aoi'])
    const points = join(folder, 'points.geojson')
    writeFileSync(points, JSON.stringify({ type: 'Point', coordinates: [14.55, 45.86] }))
    execFileSync('ogr2ogr', ['-q', '-update', '-nln', 'places', path, points])
    expect(count((await readFile(path)).mask(whole))).toBeGreaterThan(5000)
    const parcels = join(folder, 'parcels.geojson')
    writeFileSync(parcels, JSON.stringify(feature))
    execFileSync('ogr2ogr', ['-q', '-update', '-nln', 'parcels', path, parcels])
    await expect(readFile(path)).rejects.toMatchObject({
      code: 'file-unsupported',
      message: expect.stringMatching(/polygons in "aoi", "parcels".*ogr2ogr/),
    })
  })

  it('refuses or reads damaged GeoPackages, and nothing else', async () => {
    const sound = new Uint8Array(
      readFileSync(ogr({ type: 'Feature', properties: {}, geometry: polygons }, [])),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 16, max: sound.length - 1 }), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 200,
        }),
        fc.option(fc.integer({ min: 16, max: sound.length })),
        async (changes, end) => {
          const bytes = sound.slice(0, end ?? sound.length)
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
          try {
            await readArea(bytesInput('area.gpkg', bytes), UTM33)
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(AppError)
            expect((thrown as AppError).code).not.toBe('internal')
          }
        },
      ),
      { numRuns: 60 },
    )
    const garbage = new TextEncoder().encode(`SQLite format 3\0${'x'.repeat(5000)}`)
    await expect(readArea(bytesInput('a.gpkg', garbage), UTM33)).rejects.toMatchObject({
      code: 'file-malformed',
    })
  })
})

describe('outlines for the map', () => {
  const outlines = (geoJson: unknown, crs: string) =>
    readOutlines(bytesInput('faults.geojson', new TextEncoder().encode(JSON.stringify(geoJson))), {
      crs,
      geoKeys: null,
    })

  it('lie in the coordinate system of the map, wherever they are', async () => {
    const ring = box(-5000, 10, 20, 30)
    const polygon = { type: 'Polygon', coordinates: [ring, box(-4999, 11, 1, 1)] }
    const own = await outlines(inUtm(polygon), 'EPSG:32633')
    expect(own).toEqual([ring.slice(0, 4).flat(), box(-4999, 11, 1, 1).slice(0, 4).flat()])
    const there = await outlines(inUtm(polygon), 'EPSG:4326')
    const inDegrees = {
      type: 'Polygon',
      coordinates: [there[0]!.flatMap((x, i) => (i % 2 ? [] : [[x, there[0]![i + 1]]]))],
    }
    const [back] = await outlines(inDegrees, 'EPSG:32633')
    expect(Math.max(...back!.map((value, i) => Math.abs(value - own[0]![i]!)))).toBeLessThan(0.01)
  })

  it('are refused with the reason', async () => {
    await expect(outlines({ type: 'Point', coordinates: [14, 46] }, 'EPSG:32633')).rejects.toMatchObject({
      message: '"faults.geojson" has no polygon to draw.',
    })
  })
})
