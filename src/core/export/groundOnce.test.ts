import { expect, test } from 'vitest'
import { collect, rasterOf, UTM_33 } from '../inventory/inventories.testing'
import { EXACT, type InventoryRaster } from '../inventory/inventory'
import { onOneGround, sharedGroundNotes } from '../inventory/oneGround'
import type { Georeference } from '../raster/rasterSource'
import { PixelCount } from './evidence'

const WIDTH = 40

/** A raster that begins some pixels to the east and south of the first one. */
function placed(
  name: string,
  mask: Uint8Array,
  column: number,
  row: number,
  more: Partial<InventoryRaster> = {},
) {
  const [x, dx, , y, , dy] = UTM_33.transform!
  const georeference: Georeference = { ...UTM_33, transform: [x + column * dx, dx, 0, y + row * dy, 0, dy] }
  return rasterOf(mask, WIDTH, {}, { name, georeference, ...more })
}

const blank = (height: number) => new Uint8Array(WIDTH * height)

function filled(
  height: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
  value = 1,
): Uint8Array {
  return blank(height).map((_, i) => {
    const [column, row] = [i % WIDTH, Math.floor(i / WIDTH)]
    return column >= left && column < right && row >= top && row < bottom ? value : 0
  })
}

async function areaOf(rasters: readonly InventoryRaster[], options = EXACT): Promise<number> {
  let area = 0
  for (const raster of rasters) {
    for (const { fields } of (await collect(raster, options)).landslides) area += fields.area_m2!
  }
  return area
}

test('rasters of many strips share ground to the pixel, whatever rows are asked for', async () => {
  const height = 1300
  // Both show the same landslide, over the borders of strips of 512 rows; the second begins 7 columns and 5 rows further on.
  const first = placed('a', filled(height, 10, 400, 30, 1100), 0, 0)
  const second = placed('b', filled(height, 3, 395, 23, 1095), 7, 5)
  const { rasters, shared } = await onOneGround([first, second])
  expect(shared).toEqual({ pairs: [['a', 'b']], apart: [] })
  expect(await areaOf(rasters)).toBe(20 * 700 * 100)
  const whole = await rasters[1]!.maskRows!(0, height)
  for (const [top, count] of [
    [0, 100],
    [500, 30],
    [511, 514],
    [1290, 10],
  ] as const) {
    const part = await rasters[1]!.maskRows!(top, count)
    expect(Buffer.compare(part, whole.subarray(top * WIDTH, (top + count) * WIDTH))).toBe(0)
  }
  const pixels = new PixelCount()
  for (const raster of rasters) pixels.addRows(raster, await raster.rows(0, height))
  // All of the first, and of the second what lies beyond: 7 columns and 5 rows.
  const beyond = WIDTH * height - (WIDTH - 7) * (height - 5)
  expect(pixels.pixels).toEqual({
    ...{ landslide: 20 * 700, background: WIDTH * height - 20 * 700 + beyond, none: 0 },
    area: 100 * (WIDTH * height + beyond),
  })
})

test('where the owner says nothing the other one counts, and a later image goes before', async () => {
  const source = (sensed: string) => [{ id: sensed, kind: null, sensed, tile: null }]
  const cloudy = filled(30, 0, 0, 20, 30, 255)
  const old = placed('old', filled(30, 5, 5, 35, 25), 0, 0, { sources: source('2020-07-01T00:00:00Z') })
  const late = placed('late', cloudy, 0, 0, { sources: source('2020-07-09T00:00:00Z') })
  const { rasters, shared } = await onOneGround([old, late])
  expect(shared.pairs).toEqual([['late', 'old']])
  // The later image saw the right half clear, and no landslide there.
  expect(await areaOf(rasters)).toBe(15 * 20 * 100)
})

test('a hole that is ground of another raster is not filled', async () => {
  const ring = filled(30, 5, 5, 25, 25).map((value, i) => {
    const [column, row] = [i % WIDTH, Math.floor(i / WIDTH)]
    return column >= 12 && column < 18 && row >= 12 && row < 18 ? 0 : value
  })
  const inside = rasterOf(
    new Uint8Array(36).fill(1),
    6,
    {},
    {
      name: 'inside',
      georeference: placed('x', ring, 12, 12).georeference,
    },
  )
  const options = { ...EXACT, fillHoles: 1e6 }
  expect(await areaOf([placed('ring', ring, 0, 0)], options)).toBe(400 * 100)
  const { rasters } = await onOneGround([inside, placed('ring', ring, 0, 0)])
  expect(await areaOf(rasters, options)).toBe(400 * 100)
})

test('what cannot be compared is said, and stays as it is', async () => {
  const odd = { crs: 'EPSG:999999', geoKeys: null, transform: UTM_33.transform }
  const mask = filled(30, 5, 5, 10, 10)
  const all = [placed('a', mask, 0, 0), placed('b', mask, 0, 0, { georeference: odd })]
  const { rasters, shared } = await onOneGround([...all, placed('c', mask, 0, 0, { georeference: null })])
  expect(shared).toEqual({ pairs: [], apart: ['b'] })
  expect(sharedGroundNotes(shared)).toEqual([
    'The coordinate system of b is not known here: what it shows may be in twice, where other masks show it, too.',
  ])
  for (const raster of rasters) expect(await raster.rows(0, 30)).toMatchObject({ mask })
})
