import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasTool } from '../export/gdal.testing'
import { zipFiles } from '../export/zipFiles'
import { randomStream } from '../foundation/random'
import { bytesInput, type InputFile } from '../raster/inputFile'
import type { PixelGrid } from '../scenes/placePolygons'
import { burnInventory, gridOf, inventoryReaches, readInventory } from './inventoryFile'

const GRID: PixelGrid = {
  crs: 'EPSG:32633',
  geoKeys: null,
  transform: [465000, 10, 0, 5080000, 0, -10],
  width: 90,
  height: 70,
}

type Ring = [number, number][]

/** A rectangle by columns and rows of the grid, in its coordinates. */
const box = (column: number, row: number, width: number, height: number): Ring =>
  [
    [column, row],
    [column + width, row],
    [column + width, row + height],
    [column, row + height],
    [column, row],
  ].map(([x, y]) => [465000 + x! * 10, 5080000 - y! * 10])

function geoJson(polygons: Ring[][], crs = 'EPSG::32633'): string {
  return JSON.stringify({
    type: 'FeatureCollection',
    crs: { type: 'name', properties: { name: `urn:ogc:def:crs:${crs}` } },
    features: polygons.map(coordinates => ({
      type: 'Feature',
      properties: {},
      geometry: { type: 'Polygon', coordinates },
    })),
  })
}

const text = (path: string, content: string) => bytesInput(path, new TextEncoder().encode(content))

async function burn(files: InputFile[], grid = GRID) {
  return burnInventory(await readInventory(files), grid, '"patch"')
}

const count = (mask: Uint8Array, value: number) =>
  mask.reduce((sum, pixel) => sum + Number(pixel === value), 0)

describe('an inventory on a grid', () => {
  test('is 1 inside and 0 elsewhere; what lies elsewhere leaves it empty', async () => {
    const file = text('a.geojson', geoJson([[box(10, 20, 5, 4), box(11, 21, 2, 1)], [box(12, 22, 10, 10)]]))
    const { mask, hasLandslide, isMapped } = await burn([file])
    expect([count(mask, 1), count(mask, 255)]).toEqual([20 - 2 + 100 - 6, 0])
    expect([hasLandslide, isMapped]).toEqual([true, false])
    const away = { ...GRID, transform: [765000, 10, 0, 5080000, 0, -10] } as const
    const other = await burn([file], away)
    expect([count(other.mask, 0), other.hasLandslide]).toEqual([90 * 70, false])
    const inventory = await readInventory([file])
    expect(await inventoryReaches(inventory, GRID, 'x')).toBe(true)
    expect(await inventoryReaches(inventory, away, 'x')).toBe(false)
  })

  test('files and zips of them join; one beside that says what was looked at makes the rest unknown', async () => {
    const first = text('a.geojson', geoJson([[box(0, 0, 2, 2)]]))
    const zip = await zipFiles([{ name: 'in/b.geojson', bytes: geoJson([[box(80, 60, 3, 3)]]) }])
    const bytes = new Uint8Array(await zip.arrayBuffer())
    const area = text('EMSR1_areaOfInterestA_v1.json', geoJson([[box(0, 0, 50, 70)]]))
    const hidden = text('not_analysed.geojson', geoJson([[box(1, 1, 10, 10)]]))
    const { mask, isMapped } = await burn([first, bytesInput('more.zip', bytes), area, hidden])
    expect(count(mask, 1)).toBe(4 + 9)
    expect(count(mask, 255)).toBe(40 * 70 - 9 + 99)
    expect(isMapped).toBe(true)
  })

  test('nothing to read, or no landslide in it, is said', async () => {
    await expect(readInventory([text('a.txt', 'x')])).rejects.toThrow('no inventory among the files')
    const area = text('footprint.geojson', geoJson([[box(0, 0, 5, 5)]]))
    await expect(readInventory([area])).rejects.toThrow('no polygon of a landslide')
    await expect(readInventory([text('a.geojson', geoJson([]))])).rejects.toThrow('no polygon of a landslide')
  })

  test('a raster without a place has no grid', () => {
    const georeference = { crs: null, transform: GRID.transform, geoKeys: null }
    expect(gridOf({ width: 1, height: 1, georeference })).toBeNull()
    expect(gridOf({ width: 1, height: 1, georeference: null })).toBeNull()
    expect(gridOf({ ...GRID, georeference: { ...georeference, crs: 'EPSG:32633' } })).toEqual(GRID)
  })
})

describe.skipIf(!hasTool('gdal_rasterize', '--version'))('GDAL', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scarp-inventory-'))
  })

  /** What gdal_rasterize burns of all layers of a file. */
  function rasterized(file: string, grid: PixelGrid, ...layer: string[]): Uint8Array {
    const [x, dx, , y, , dy] = grid.transform
    const extent = [x, y + dy * grid.height, x + dx * grid.width, y].map(String)
    const raw = join(folder, 'burnt.envi')
    const size = [String(grid.width), String(grid.height)]
    const args = [
      '-q',
      '-burn',
      '1',
      '-init',
      '0',
      '-ot',
      'Byte',
      '-of',
      'ENVI',
      '-te',
      ...extent,
      '-ts',
      ...size,
    ]
    execFileSync('gdal_rasterize', [...args, ...layer, join(folder, file), raw])
    return new Uint8Array(readFileSync(raw))
  }

  const input = (name: string) => bytesInput(name, new Uint8Array(readFileSync(join(folder, name))))

  /** Polygons with holes whose corners lie on corners, edges and centres of pixels, or anywhere. */
  function hostile(seed: number, step: number): Ring[][] {
    const random = randomStream(seed, 'polygons')
    const place = (low: number, high: number) => {
      const value = low + random.uniform() * (high - low)
      return step === 0 ? value : Math.round(value / step) * step
    }
    return Array.from({ length: 12 }, () => {
      const [x, y, radius] = [place(-5, 95), place(-5, 75), 2 + random.uniform() * 12]
      const ring = (size: number, turn: 1 | -1): Ring => {
        const corners = random.integer(3, 9)
        const points = Array.from({ length: corners }, (_, i): [number, number] => {
          const angle = (turn * 2 * Math.PI * (i + random.uniform() * 0.8)) / corners
          const snapped = (value: number) => (step === 0 ? value : Math.round(value / step) * step)
          return [
            465000 + 10 * snapped(x + size * Math.cos(angle)),
            5080000 - 10 * snapped(y + size * Math.sin(angle)),
          ]
        })
        return [...points, points[0]!]
      }
      return [ring(radius, random.chance(0.5) ? 1 : -1), ring(radius / 3, random.chance(0.5) ? 1 : -1)]
    })
  }

  test.each([0, 1, 0.5, 0.25])('burns the same pixels, corners on multiples of %s of a pixel', async step => {
    for (let seed = 0; seed < 6; seed++) {
      writeFileSync(join(folder, 'in.geojson'), geoJson(hostile(seed, step)))
      const { mask } = await burn([input('in.geojson')])
      expect(Buffer.from(mask).equals(rasterized('in.geojson', GRID))).toBe(true)
      expect(count(mask, 1)).toBeGreaterThan(100)
    }
  })

  test('burns the same pixels on grids whose pixels are no round number', async () => {
    const grid = { ...GRID, transform: [465003.7, 9.3, 0, 5079998.1, 0, -7.7] } as const
    writeFileSync(join(folder, 'in.geojson'), geoJson(hostile(9, 0.5)))
    const { mask } = await burn([input('in.geojson')], grid)
    expect(Buffer.from(mask).equals(rasterized('in.geojson', grid))).toBe(true)
  })

  test('a GeoPackage with several layers, a Shapefile and a zip of it give the same', async () => {
    writeFileSync(join(folder, 'in.geojson'), geoJson(hostile(3, 0.5)))
    writeFileSync(join(folder, 'footprint.geojson'), geoJson([[box(-10, -10, 200, 200)]]))
    const run = (...args: string[]) => execFileSync('ogr2ogr', args, { cwd: folder })
    run('-nln', 'landslides', 'all.gpkg', 'in.geojson')
    run('-nln', 'footprint', '-update', 'all.gpkg', 'footprint.geojson')
    run('-nln', 'source', '-update', 'all.gpkg', 'footprint.geojson')
    run('out.shp', 'in.geojson')
    execFileSync('python3', ['-m', 'zipfile', '-c', 'out.zip', 'out.shp', 'out.prj', 'out.dbf', 'out.shx'], {
      cwd: folder,
    })
    const expected = rasterized('all.gpkg', GRID, '-l', 'landslides')
    for (const files of [['all.gpkg'], ['out.shp', 'out.prj'], ['out.zip']]) {
      const { mask } = await burn(files.map(input))
      expect(Buffer.from(mask).equals(expected)).toBe(true)
    }
  })

  test('self-intersecting polygons burn as GDAL burns them', async () => {
    const ring = (...points: [number, number][]): Ring =>
      [...points, points[0]!].map(([x, y]) => [465000 + 10 * x, 5080000 - 10 * y])
    const bowTie = ring([5, 5], [35, 30], [35, 5], [5, 30])
    const star = ring(
      ...Array.from({ length: 5 }, (_, i): [number, number] => {
        const angle = (4 * Math.PI * i) / 5
        return [60 + 20 * Math.sin(angle), 35 - 20 * Math.cos(angle)]
      }),
    )
    // A hole that reaches beyond its outside, and an outside drawn twice.
    const hole = [box(10, 45, 20, 15), box(25, 50, 20, 5)]
    const twice = ring([70, 5], [85, 5], [85, 15], [70, 15], [70, 5], [85, 5], [85, 15], [70, 15])
    writeFileSync(join(folder, 'crossed.geojson'), geoJson([[bowTie], [star], hole, [twice]]))
    const { mask } = await burn([input('crossed.geojson')])
    expect(Buffer.from(mask).equals(rasterized('crossed.geojson', GRID))).toBe(true)
    expect(count(mask, 1)).toBeGreaterThan(500)
  })

  test('a MultiPolygon of 100,000 vertices burns the same pixels', async () => {
    const random = randomStream(18, 'vertices')
    const wreath = (column: number, row: number): Ring => {
      const points = Array.from({ length: 25_000 }, (_, i): [number, number] => {
        const angle = (2 * Math.PI * i) / 25_000
        const radius = 12 + 4 * random.uniform()
        return [
          465000 + 10 * (column + radius * Math.cos(angle)),
          5080000 - 10 * (row + radius * Math.sin(angle)),
        ]
      })
      return [...points, points[0]!]
    }
    const feature = {
      ...{ type: 'Feature', properties: {} },
      geometry: {
        type: 'MultiPolygon',
        coordinates: [[wreath(20, 18)], [wreath(60, 18)], [wreath(22, 50)], [wreath(66, 52)]],
      },
    }
    const collection = { ...(JSON.parse(geoJson([])) as object), features: [feature] }
    writeFileSync(join(folder, 'many.geojson'), JSON.stringify(collection))
    const { mask } = await burn([input('many.geojson')])
    expect(Buffer.from(mask).equals(rasterized('many.geojson', GRID))).toBe(true)
    expect(count(mask, 1)).toBeGreaterThan(1500)
  })

  test('a wrong or missing coordinate system, and layers of unknown names, are refused with what to do', async () => {
    writeFileSync(join(folder, 'metres.geojson'), geoJson([[box(10, 10, 20, 20)]]))
    const run = (...args: string[]) => execFileSync('ogr2ogr', args, { cwd: folder })
    run('-a_srs', 'EPSG:4326', 'wrong.gpkg', 'metres.geojson')
    await expect(burn([input('wrong.gpkg')])).rejects.toThrow(
      'should be in degrees, and has coordinates like',
    )
    run('bare.shp', 'metres.geojson')
    await expect(burn([input('bare.shp')])).rejects.toThrow('give its .prj file with it')
    rmSync(join(folder, 'bare.prj'))
    run('none.gpkg', 'bare.shp')
    await expect(burn([input('none.gpkg')])).rejects.toThrow('ogr2ogr -a_srs EPSG:<code>')
    run('-nln', 'east', 'two.gpkg', 'metres.geojson')
    run('-nln', 'west', '-update', 'two.gpkg', 'metres.geojson')
    await expect(burn([input('two.gpkg')])).rejects.toThrow('"east", "west", and none is called "landslides"')
  })

  test('in another coordinate system, within rounding of PROJ', async () => {
    writeFileSync(join(folder, 'in.geojson'), geoJson(hostile(4, 0)))
    execFileSync('ogr2ogr', ['-t_srs', 'EPSG:4326', 'degrees.gpkg', 'in.geojson'], { cwd: folder })
    const { mask } = await burn([input('degrees.gpkg')])
    const expected = rasterized('in.geojson', GRID)
    const different = mask.filter((value, i) => value !== expected[i]).length
    expect(different).toBeLessThanOrEqual(1)
  })
})
