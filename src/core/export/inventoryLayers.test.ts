import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { joined } from '../foundation/bytes'
import { randomStream } from '../foundation/random'
import { drawn, rasterOf, UTM_33 } from '../inventory/inventories.testing'
import { EXACT, type InventoryRaster } from '../inventory/inventory'
import type { InventorySummary } from '../inventory/inventoryOf'
import type { PointAuditRecord } from '../review/pointAudit'
import { gdalPixels, temporaryFile } from './gdal.testing'
import { type InventoryLayerOptions, inventoryLayers, type LocatedAudit } from './inventoryLayers'
import { writeMaskGeotiff } from './resultGeotiffs'
import { type Feature, isPoint, type VectorLayer } from './vectorLayer'
import { ogrRead, PYTHON } from './vectorLayers.testing'
import { writeGeoJson } from './writeGeoJson'
import { writeGeoPackage } from './writeGeoPackage'

const { mask, width } = drawn(
  '##....??', // a square, clouds
  '##....??',
  '....##..', // a chain by corners
  '###...#.',
  '#.#.....', // a hole
  '###....?',
)

const raster = (facts: Partial<InventoryRaster> = {}) =>
  rasterOf(mask, width, {}, { name: 'scene', ...facts })

async function layersOf(
  rasters: readonly InventoryRaster[],
  more: Partial<InventoryLayerOptions> = {},
): Promise<Map<string, VectorLayer & { rows: Feature[] }>> {
  const layers = await inventoryLayers(rasters, { options: EXACT, ...more })
  const read = layers.map(async layer => {
    const rows: Feature[] = []
    for await (const row of layer.features()) rows.push(row)
    return [layer.name, { ...layer, rows }] as const
  })
  return new Map(await Promise.all(read))
}

/** Of all polygons, holes off: outsides are counter-clockwise. */
function areaOf(rows: readonly Feature[]): number {
  let sum = 0
  for (const { geometry } of rows) {
    if (!geometry || isPoint(geometry)) continue
    for (const ring of geometry.flat()) {
      const [x0, y0] = [ring[0]!, ring[1]!]
      for (let i = 0; i < ring.length; i += 2) {
        const next = (i + 2) % ring.length
        sum += ((ring[i]! - x0) * (ring[next + 1]! - y0) - (ring[next]! - x0) * (ring[i + 1]! - y0)) / 2
      }
    }
  }
  return sum
}

const audit = (
  points: { column: number; row: number }[],
  answers: PointAuditRecord['answers'],
): PointAuditRecord => ({
  id: 'a',
  at: '2026-01-01T00:00:00Z',
  name: 'First look',
  reviewer: 'Ann',
  seed: 1,
  precision: 0.05,
  disagreementFrom: null,
  strata: [],
  points: points.map((point, i) => ({ ...point, number: i + 1, patchId: 'p', stratum: 'landslide' })),
  answers,
})

describe('layers', () => {
  test('have places, fields and styles of their own', async () => {
    const sources = [{ id: 'S2B_1', kind: 'Sentinel-2 L1C', sensed: '2020-07-04T09:50:29Z', tile: 'T33TWM' }]
    const layers = await layersOf([raster({ sources, elevationSource: 'dem.tif' })])
    expect([...layers.keys()]).toEqual([
      'landslides',
      'source',
      'area_of_interest',
      'footprint',
      'not_analysed',
    ])
    for (const { crs, style } of layers.values()) {
      expect(crs).toBe('EPSG:32633')
      expect(style).toMatch(/^<!DOCTYPE qgis/)
    }
    expect(layers.get('landslides')!.rows[0]!.values).toMatchObject({ id: 'scene-1', area_m2: 400 })
    expect(layers.get('source')!.rows.map(({ values }) => values)).toEqual([
      {
        ...{ src_id: 'S2B_1', kind: 'Sentinel-2 L1C', sensed: '2020-07-04T09:50:29Z', tile: 'T33TWM' },
        ...{ dem_source: 'dem.tif', raster: 'scene' },
      },
    ])
    const pixels = (value: number) => 100 * mask.filter(other => other === value).length
    expect(areaOf(layers.get('landslides')!.rows)).toBe(pixels(1))
    expect(areaOf(layers.get('not_analysed')!.rows)).toBe(pixels(255))
    expect(areaOf(layers.get('footprint')!.rows)).toBe(100 * mask.length)
  })

  test('footprint and not analysed keep to the area, by pixel centres', async () => {
    // A triangle over part of the clouds, and a square that overlaps it.
    const area = [[[4.2, -1, 20, -1, 20, 12]], [[6.4, 1.6, 6.4, 5.4, 9, 5.4, 9, 1.6]]]
    const layers = await layersOf([raster({ area })])
    const expected = { footprint: 0, clouds: 0 }
    for (const [i, value] of mask.entries()) {
      const [x, y] = [(i % width) + 0.5, Math.floor(i / width) + 0.5]
      const isInTriangle = y > -1 && x > 4.2 && (x - 4.2) * (12 + 1) > (y + 1) * (20 - 4.2)
      const isInSquare = x > 6.4 && x < 9 && y > 1.6 && y < 5.4
      if (!isInTriangle && !isInSquare) continue
      expected.footprint += 100
      if (value === 255) expected.clouds += 100
    }
    expect(expected.clouds).toBeGreaterThan(0)
    expect(expected.clouds).toBeLessThan(500)
    expect(areaOf(layers.get('footprint')!.rows)).toBe(expected.footprint)
    expect(areaOf(layers.get('not_analysed')!.rows)).toBe(expected.clouds)
    expect(layers.get('area_of_interest')!.rows).toHaveLength(2)
  })

  test('the mask alone is read for what was not analysed, where that is less work', async () => {
    const one = {
      ...raster(),
      maskRows: async (top: number, count: number) => mask.slice(top * width, (top + count) * width),
    }
    const layers = await inventoryLayers([one], { options: EXACT })
    let found = 0
    for await (const _ of layers.find(({ name }) => name === 'not_analysed')!.features()) found++
    expect(found).toBe(2)
    expect(one.asked).toEqual([])
  })

  test('what was left out is said at the end of a pass', async () => {
    const said: [string, InventorySummary][] = []
    await layersOf([raster()], {
      options: { ...EXACT, minimumArea: 350 },
      onSummary: ({ name }, summary) => said.push([name, summary]),
    })
    expect(said).toMatchObject([['scene', { leftOut: { landslides: 1, pixels: 3 } }]])
  })
})

describe('coordinate systems', () => {
  const zone34 = { ...UTM_33, crs: 'EPSG:32634' }

  test('of two rasters are one where they are the same', async () => {
    const layers = await layersOf([raster(), raster({ name: 'other' })])
    expect(layers.get('landslides')!.crs).toBe('EPSG:32633')
    expect(new Set(layers.get('footprint')!.rows.map(({ values }) => values.raster))).toEqual(
      new Set(['scene', 'other']),
    )
  })

  test('several become WGS 84, for all layers', async () => {
    const layers = await layersOf([raster(), raster({ name: 'other', georeference: zone34 })])
    for (const { crs } of layers.values()) expect(crs).toBe('EPSG:4326')
    const [here, there] = layers
      .get('footprint')!
      .rows.map(({ geometry }) => (geometry as number[][][])[0]![0]!)
    expect(here![0]).toBeCloseTo(15, 6)
    expect(there![0]).toBeCloseTo(21, 6)
    expect(areaOf(layers.get('landslides')!.rows)).toBeGreaterThan(0)
  })

  test('one without a code is moved to WGS 84, and named as the raster’s where it cannot be', async () => {
    const geoKeys = { GTModelTypeGeoKey: 1, ProjectedCSTypeGeoKey: 32633 }
    const layers = await layersOf([raster({ georeference: { ...UTM_33, crs: null, geoKeys } })])
    expect(layers.get('landslides')!.crs).toBe('EPSG:4326')
    const unknown = { ...UTM_33, crs: 'EPSG:99999' }
    await expect(layersOf([raster(), raster({ georeference: unknown })])).rejects.toMatchObject({
      code: 'file-unsupported',
    })
  })

  test('none: pixels, by themselves or beside those on a map', async () => {
    const patch = raster({ name: 'image_1', georeference: null })
    const alone = await layersOf([patch])
    expect(alone.get('landslides')!.crs).toBe(null)
    expect(alone.get('footprint')!.rows[0]!.geometry).toEqual([[[0, 0, 0, 6, 8, 6, 8, 0]]])
    const mixed = await layersOf([patch, raster()])
    expect(mixed.get('landslides')!.crs).toBe('EPSG:32633')
    expect(mixed.get('landslides_pixels')!.crs).toBe(null)
    expect(mixed.get('landslides_pixels')!.rows.map(({ values }) => values.id)).toEqual(
      alone.get('landslides')!.rows.map(({ values }) => values.id),
    )
  })
})

describe('audit points', () => {
  const record = audit(
    [
      { column: 1, row: 0 },
      { column: 5, row: 2 },
      { column: 0, row: 0 },
    ],
    { 1: { answer: 'landslide', at: '2026-01-02T00:00:00Z', note: 'scarp seen' } },
  )
  const located: LocatedAudit = {
    record,
    placeOf: ({ number, column, row }) => (number === 3 ? null : { georeference: UTM_33, column, row }),
    classAt: ({ number }) => (number === 3 ? null : number === 1 ? 1 : 0),
  }

  test('lie on the middles of their pixels, with answers, those of gone patches nowhere', async () => {
    const { rows } = (await layersOf([raster()], { audits: [located] })).get('audit_points')!
    expect(rows.map(({ geometry }) => geometry)).toEqual([[500015, 5199995], [500055, 5199975], null])
    expect(rows[0]!.values).toEqual({
      ...{ audit: 'First look', number: 1, patch: 'p', stratum: 'landslide', map_class: 'landslide' },
      ...{ answer: 'landslide', reviewer: 'Ann', answered: '2026-01-02T00:00:00Z', note: 'scarp seen' },
    })
    expect(rows[1]!.values).toMatchObject({ map_class: 'not-landslide', answer: null, answered: null })
    expect(rows[2]!.values).toMatchObject({ map_class: null })
  })
})

/** Half of the pixels, at random: holes in holes, bridges of one corner, pixels alone. */
function noise(side: number) {
  const random = randomStream(3, 'noise')
  return { mask: Uint8Array.from({ length: side * side }, () => random.integer(0, 1)), width: side }
}

const checkerboard = (side: number) => ({
  mask: Uint8Array.from({ length: side * side }, (_, i) => (i + Math.floor(i / side)) % 2),
  width: side,
})

describe.skipIf(!PYTHON)('what GDAL reads', () => {
  const north = UTM_33.transform!
  test.each([
    ['a drawing', { mask, width }, north],
    ['rows upwards', { mask, width }, [500000, 10, 0, 5200000, 0, 10]],
    ['noise', noise(64), north],
    ['a checkerboard', checkerboard(40), north],
    // As a rotated raster has it; gdal_rasterize burns into such ones, too.
    ['turned by 30°', noise(40), [500000, 8.66, 5, 5200000, 5, -8.66]],
  ] as const)('%s: valid polygons, and burning them gives the mask again', async (_, drawing, transform) => {
    const georeference = { ...UTM_33, transform: transform as typeof UTM_33.transform }
    const one = rasterOf(drawing.mask, drawing.width, {}, { name: 'scene', georeference })
    const layers = await inventoryLayers([one], { options: EXACT })
    const path = temporaryFile('a.gpkg', await writeGeoPackage(layers, { at: '2026-01-01T00:00:00Z' }))
    for (const { rows } of Object.values(ogrRead(path)))
      expect(rows.filter(({ valid }) => !valid)).toEqual([])
    const empty = join(dirname(path), 'empty.tif')
    const blank = await writeMaskGeotiff({
      mask: new Uint8Array(drawing.mask.length),
      ...{ width: drawing.width, height: one.height, georeference, metadata: {}, name: 'a' },
    })
    execFileSync('gdal_translate', ['-q', '-a_nodata', 'none', temporaryFile('blank.tif', blank), empty])
    execFileSync('gdal_rasterize', ['-q', '-l', 'landslides', '-burn', '1', path, empty])
    execFileSync('gdal_rasterize', ['-q', '-l', 'not_analysed', '-burn', '255', path, empty])
    expect(Buffer.compare(gdalPixels(empty), drawing.mask)).toBe(0)
    // Rounded to seven decimals of a degree they stay valid.
    const chunks: Uint8Array[] = []
    for await (const chunk of writeGeoJson(layers[0]!)) chunks.push(chunk)
    const { landslides } = ogrRead(temporaryFile('a.geojson', joined(chunks)))
    expect(landslides!.rows.filter(({ valid }) => !valid)).toEqual([])
    expect(landslides!.rows.length).toBeGreaterThan(0)
  })
})
