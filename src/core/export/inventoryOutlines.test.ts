import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { randomStream } from '../foundation/random'
import { checkPolygons } from '../inventory/checkPolygons'
import { HOSTILE_MASKS, type TestMask } from '../inventory/hostileMasks.testing'
import { collect, rasterOf, UTM_33 } from '../inventory/inventories.testing'
import { EXACT, type InventoryLandslide, type InventoryOptions } from '../inventory/inventory'
import { ringArea } from '../inventory/rings'
import { gdalPixels, hasTool, temporaryFile } from './gdal.testing'
import { writeMaskGeotiff } from './resultGeotiffs'

/** Valid, and the sum of areas, as GDAL sees the polygons of a GeoJSON; [number, reason] of the invalid ones. */
const CHECK = `
import json, sys
from osgeo import gdal, ogr
gdal.UseExceptions()
said = []
gdal.PushErrorHandler(lambda kind, number, text: said.append(text))
file = ogr.Open(sys.argv[1])
layer = file.GetLayer()
areas, invalid = [], []
for feature in layer:
    shape = feature.GetGeometryRef()
    areas.append(shape.GetArea())
    if not shape.IsValid(): invalid.append([feature.GetField('number'), said[-1:]])
print(json.dumps({'count': len(areas), 'areas': areas, 'invalid': invalid,
  'crs': layer.GetSpatialRef().GetAuthorityCode(None)}))
`

const hasGdal =
  hasTool('gdal_rasterize', '--version') && hasTool('/usr/bin/python3', '-cfrom osgeo import ogr')

type Outlined = Pick<InventoryLandslide, 'number' | 'polygons'>

/** Polygons on the map, as GDAL 3.6 reads them without a word. */
function geoJson(landslides: readonly Outlined[]): string {
  const [x, dx, , y, , dy] = UTM_33.transform!
  const closed = (ring: readonly number[]) => {
    const points = []
    for (let i = 0; i <= ring.length; i += 2) {
      const at = i % ring.length
      points.push([x + ring[at]! * dx, y + ring[at + 1]! * dy])
    }
    return points
  }
  return JSON.stringify({
    type: 'FeatureCollection',
    crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32633' } },
    features: landslides.map(({ number, polygons }) => ({
      type: 'Feature',
      properties: { number },
      geometry: { type: 'MultiPolygon', coordinates: polygons.map(polygon => polygon.map(closed)) },
    })),
  })
}

function byGdal(landslides: readonly Outlined[]) {
  const path = temporaryFile('landslides.geojson', new TextEncoder().encode(geoJson(landslides)))
  const said = execFileSync('/usr/bin/python3', ['-c', CHECK, path], { encoding: 'utf8' })
  const seen = JSON.parse(said) as {
    count: number
    areas: number[]
    invalid: [number, string[]][]
    crs: string
  }
  return { path, seen }
}

async function written({ mask, width }: TestMask, options: InventoryOptions = EXACT) {
  const { landslides, summary } = await collect(rasterOf(mask, width), options)
  return { landslides, summary, ...byGdal(landslides) }
}

/** Burnt by pixel centres onto the grid of a mask. */
function burnt(path: string, { mask, width }: TestMask): Uint8Array {
  const [x, dx, , y, , dy] = UTM_33.transform!
  const height = mask.length / width
  const out = join(dirname(path), 'burnt.tif')
  const extent = [x, y + height * dy, x + width * dx, y].map(String)
  const grid = ['-te', ...extent, '-ts', String(width), String(height)]
  execFileSync('gdal_rasterize', ['-q', '-burn', '1', '-init', '0', '-ot', 'Byte', ...grid, path, out])
  return gdalPixels(out)
}

describe.skipIf(!hasGdal)('outlines of landslides by GDAL', () => {
  it.each(HOSTILE_MASKS)('are valid, of equal area, and burn back to the mask: %s', async (_, made) => {
    const { mask, width } = made
    const { landslides, path, seen } = await written(made)
    expect(seen).toMatchObject({ invalid: [], crs: '32633', count: landslides.length })
    expect(seen.areas).toEqual(landslides.map(({ fields }) => fields.area_m2))
    const height = mask.length / width
    const file = await writeMaskGeotiff({
      mask,
      width,
      height,
      georeference: UTM_33,
      metadata: {},
      name: 'mask',
    })
    const pixels = gdalPixels(temporaryFile('mask.tif', file))
    expect(Buffer.compare(burnt(path, made), pixels)).toBe(0)
  })

  it('are valid when simplified and filled', async () => {
    for (const [, made] of HOSTILE_MASKS.filter(([name]) => /noise|touch|bridges/.test(name))) {
      const { landslides, seen } = await written(made, { minimumArea: 300, fillHoles: 500, simplify: 1.5 })
      expect(seen).toMatchObject({ invalid: [], count: landslides.length })
    }
  })

  it('are checked as GDAL checks them: random polygons', () => {
    const random = randomStream(18, 'polygons')
    const ring = (wanted: 1 | -1) => {
      const points = Array.from({ length: random.integer(3, 5) }, () => [
        random.integer(0, 6),
        random.integer(0, 6),
      ])
      const made = points.flat()
      return ringArea(made) * wanted >= 0 ? made : points.toReversed().flat()
    }
    const outlined = Array.from({ length: 4000 }, (_, i) => ({
      number: i,
      polygons: Array.from({ length: random.integer(1, 2) }, () => [
        ring(1),
        ...Array.from({ length: random.integer(0, 1) }, () => ring(-1)),
      ]),
    }))
    const { seen } = byGdal(outlined)
    const invalid = new Set(seen.invalid.map(([number]) => number))
    let [valid, stricter] = [0, 0]
    for (const { number, polygons } of outlined) {
      const faults = checkPolygons(polygons)
      if (faults.length === 0) {
        valid++
        expect([number, invalid.has(number)]).toEqual([number, false])
      } else if (!invalid.has(number)) {
        // Stricter on purpose: GDAL takes a corner on an edge, and a corner that comes twice in a row.
        stricter++
        const whats = faults.map(({ what }) => what)
        expect(
          whats.some(what => what === 'a corner lies on an edge' || what === 'a corner comes twice'),
        ).toBe(true)
      }
    }
    expect(valid).toBeGreaterThan(500)
    expect(invalid.size).toBeGreaterThan(500)
    expect(stricter).toBeLessThan(valid)
  })
})
