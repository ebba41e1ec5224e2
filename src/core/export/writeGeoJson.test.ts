import { describe, expect, test } from 'vitest'
import { joined } from '../foundation/bytes'
import { parseGeoJson } from '../scenes/geoJson'
import { temporaryFile } from './gdal.testing'
import { layerInLonLat } from './layerInLonLat'
import type { FeatureGeometry, VectorLayer } from './vectorLayer'
import {
  FIELDS,
  feature,
  HOSTILE_TEXTS,
  layerOf,
  ogrRead,
  PYTHON,
  square,
  stored,
  WITH_HOLE,
} from './vectorLayers.testing'
import { writeGeoJson } from './writeGeoJson'

async function bytesOf(layer: VectorLayer): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of writeGeoJson(layer)) chunks.push(chunk)
  return joined(chunks)
}
const textOf = async (layer: VectorLayer) => new TextDecoder().decode(await bytesOf(layer))

async function lonLat(crs: string, geometry: FeatureGeometry): Promise<FeatureGeometry> {
  for await (const { geometry: moved } of (
    await layerInLonLat(layerOf([feature(geometry)], { crs }))
  ).features()) {
    return moved!
  }
  throw new Error('no feature')
}

/** Shoelace, around 0. */
const area = (ring: readonly number[]) =>
  ring.reduce((sum, value, i) => {
    const next = (i + 2) % ring.length
    return i % 2 === 0 ? sum + value * ring[next + 1]! - ring[next]! * ring[i + 1]! : sum
  }, 0) / 2

describe('the text', () => {
  test('is a feature a line, by RFC 7946', async () => {
    const text = await textOf(layerOf([feature([12.5, -7.25]), feature(null)], { crs: 'EPSG:4326' }))
    expect(text.split('\n')).toEqual([
      '{"type":"FeatureCollection","name":"landslides","description":"Landslides","features":[',
      '{"type":"Feature","properties":{"id":"a-1","pixels":12,"area_m2":1200.5},"geometry":{"type":"Point","coordinates":[12.5,-7.25]}},',
      '{"type":"Feature","properties":{"id":"a-1","pixels":12,"area_m2":1200.5},"geometry":null}',
      ']}',
      '',
    ])
  })

  test('an empty layer is a collection without features', async () => {
    expect(JSON.parse(await textOf(layerOf([])))).toMatchObject({ type: 'FeatureCollection', features: [] })
  })

  test('hostile texts and numbers come back', async () => {
    const rows = HOSTILE_TEXTS.map(id => feature(null, { id, area_m2: Number.POSITIVE_INFINITY }))
    const { features } = JSON.parse(await textOf(layerOf(rows))) as {
      features: { properties: Record<string, unknown> }[]
    }
    expect(features.map(({ properties }) => properties.id)).toEqual(HOSTILE_TEXTS.map(stored))
    expect(features.every(({ properties }) => properties.area_m2 === null)).toBe(true)
  })

  test('rings run by the right hand and close, whichever way they came', async () => {
    const backwards = (WITH_HOLE as number[][][]).map(polygon =>
      polygon.map(ring =>
        ring.flatMap((_, i) => (i % 2 === 0 ? ring.slice(-2 - i, ring.length - i || undefined) : [])),
      ),
    )
    for (const geometry of [WITH_HOLE, backwards]) {
      const { polygons, crs } = parseGeoJson(await textOf(layerOf([feature(geometry)])), 'a.geojson')
      expect(crs).toBe('EPSG:4326')
      expect(polygons.map(rings => rings.map(ring => Math.sign(area(ring))))).toEqual([[1, -1], [1]])
      for (const ring of polygons.flat()) expect(ring.slice(0, 2)).toEqual(ring.slice(-2))
    }
  })

  test('pixels are in no system, for us and for people', async () => {
    const text = await textOf(layerOf([feature([[square(0, 0, 3)]])], { crs: null }))
    expect(parseGeoJson(text, 'a.geojson')).toMatchObject({
      crs: null,
      polygons: [[[0, 0, 3, 0, 3, 3, 0, 3, 0, 0]]],
    })
    expect(parseGeoJson('{"type":"Point","crs":null}', 'a.geojson').crs).toBe(null)
  })

  test('goes out in pieces, the same each time, and stops when it is cancelled', async () => {
    const layer = layerOf(Array.from({ length: 5000 }, () => feature(WITH_HOLE)))
    const sizes: number[] = []
    const counts: number[] = []
    for await (const chunk of writeGeoJson(layer, { onFeatures: count => counts.push(count) }))
      sizes.push(chunk.length)
    expect(Math.max(...sizes)).toBeLessThan(2 ** 18 + 2 ** 12)
    expect(counts.at(-1)).toBe(5000)
    expect(Buffer.compare(await bytesOf(layer), await bytesOf(layer))).toBe(0)
    const stop = new AbortController()
    const chunks = writeGeoJson(layer, { signal: stop.signal })
    await chunks.next()
    stop.abort()
    await expect(chunks.next()).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('longitude and latitude', () => {
  test('are those of the projection, to a centimetre', async () => {
    // As PROJ has it.
    const [lon, lat] = (await lonLat('EPSG:32633', [600000, 5100000])) as [number, number]
    expect(lon).toBeCloseTo(16.29253203582712, 8)
    expect(lat).toBeCloseTo(46.046265455836014, 8)
  })

  test('long edges bend, short ones stay', async () => {
    const [[scene]] = (await lonLat('EPSG:32633', [[square(499980, 5000040, 109800)]])) as [[number[]]]
    expect(scene.length / 2).toBeGreaterThan(100)
    const [[pixel]] = (await lonLat('EPSG:32633', [[square(499980, 5000040, 10)]])) as [[number[]]]
    expect(pixel.length / 2).toBe(4)
  })

  test('what crosses the antimeridian is cut there', async () => {
    // Zone 60 reaches to 180° E; Taveuni, Fiji, lies on the line.
    const across = (await lonLat('EPSG:32760', [
      [square(810000, 8130000, 40000), [820000, 8140000, 820000, 8160000, 840000, 8160000, 840000, 8140000]],
    ])) as number[][][]
    expect(across).toHaveLength(2)
    const lons = across.map(([outside]) => outside!.filter((_, i) => i % 2 === 0))
    const ranges = lons.map(values => [Math.min(...values), Math.max(...values)])
    expect(ranges[0]![0]).toBeGreaterThan(179.8)
    expect(ranges[0]![1]).toBe(180)
    expect(ranges[1]![0]).toBe(-180)
    expect(ranges[1]![1]).toBeLessThan(-179.7)
    // The hole lies on both sides, too.
    expect(across.map(rings => rings.length)).toEqual([2, 2])
  })

  test('a system that nobody knows is refused with what to do', async () => {
    await expect(textOf(layerOf([], { crs: 'EPSG:99999' }))).rejects.toMatchObject({
      code: 'file-unsupported',
    })
  })
})

describe.skipIf(!PYTHON)('what GDAL reads', () => {
  test('the same as of a GeoPackage of GDAL in WGS 84', async () => {
    const layer = ogrRead(
      temporaryFile('a.geojson', await bytesOf(layerOf([feature(WITH_HOLE)], { fields: FIELDS }))),
    )
    expect(layer.landslides).toMatchObject({
      epsg: '4326',
      types: { id: 'String', pixels: 'Integer', area_m2: 'Real' },
      rows: [{ values: { id: 'a-1', pixels: 12, area_m2: 1200.5 }, valid: true }],
    })
    expect(layer.landslides!.extent![0]).toBe(15)
  })

  test('no system of pixels', async () => {
    const bytes = await bytesOf(layerOf([feature([[square(0, 0, 3)]])], { crs: null }))
    expect(ogrRead(temporaryFile('a.geojson', bytes)).landslides).toMatchObject({
      epsg: null,
      system: expect.stringContaining('Pixels of a raster'),
      extent: [0, 3, 0, 3],
    })
  })
})
