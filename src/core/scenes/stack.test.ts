import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PixelWindow, RasterSource, SampleArray } from '../raster/rasterSource'
import { BlockCache } from './blockCache'
import type { AbsentBand, StackBand, StackRecipe } from './scene'
import { openStack, rasterStack } from './stack'

/** A raster in memory: `at` gives the value of a pixel of a band. */
function rasterOf(
  path: string,
  width: number,
  height: number,
  at: (column: number, row: number, band: number) => number,
  bandCount = 1,
): RasterSource {
  return {
    kind: 'geotiff',
    path,
    width,
    height,
    bandCount,
    dtype: 'uint16',
    bandNames: null,
    nodata: 65_535,
    georeference: null,
    notes: [],
    levels: 0,
    async read({ window = { column: 0, row: 0, width, height }, bands = [...Array(bandCount).keys()] } = {}) {
      return bands.map(
        (band): SampleArray =>
          Uint16Array.from({ length: window.width * window.height }, (_, i) =>
            at(window.column + (i % window.width), window.row + Math.floor(i / window.width), band),
          ),
      )
    },
  }
}

const [WIDTH, HEIGHT] = [37, 23]

const ramp = (column: number, row: number) => 1000 + 10 * column + row

/** B1 and the like of 60 m, B5 and the like of 20 m, the others of 10 m, as the product has them. */
const FACTORS = [6, 1, 1, 1, 2, 2, 2, 1, 6, 6, 2, 2]

function sceneOf(
  change: {
    at?: typeof ramp
    band?: Partial<StackBand>
    /** The band that the product does not have. */
    absent?: number
    recipe?: Partial<StackRecipe>
  } = {},
) {
  const rasters = new Map<string, RasterSource>()
  const bands = FACTORS.map((factor, i): StackBand | AbsentBand => {
    if (i === change.absent) return { value: 15.8 }
    const path = `B${i + 1}.jp2`
    rasters.set(
      path,
      rasterOf(path, Math.ceil(WIDTH / factor), Math.ceil(HEIGHT / factor), change.at ?? ramp),
    )
    return { path, band: 0, factor, scale: 1, offset: 0, ...change.band }
  })
  const recipe: StackRecipe = {
    name: 'scene',
    grid: { crs: 'EPSG:32633', transform: [0, 10, 0, 0, 0, -10], width: WIDTH, height: HEIGHT },
    bands,
    resampling: 'nearest',
    elevation: ['dem.tif'],
    slope: null,
    ...change.recipe,
  }
  const terrain = {
    async read({ column, row, width, height }: PixelWindow) {
      const area = width * height
      const place = (i: number) => [column + (i % width), row + Math.floor(i / width)] as const
      return {
        elevation: Float32Array.from({ length: area }, (_, i) => place(i)[0] + 0.5),
        slope: Float32Array.from({ length: area }, (_, i) => place(i)[1] / 4),
        valid: Uint8Array.from({ length: area }, (_, i) => (place(i)[0] === WIDTH - 1 ? 0 : 1)),
      }
    },
  }
  const cache = new BlockCache()
  return { stack: openStack(recipe, { rasters, terrain, cache }), rasters, cache }
}

const whole = { column: 0, row: 0, width: WIDTH, height: HEIGHT }
const area = WIDTH * HEIGHT

test('bands of 20 and 60 m repeat their pixels, and slope and elevation come last', async () => {
  const { data, valid } = await sceneOf().stack.read(whole)
  for (const [band, factor] of FACTORS.entries()) {
    for (const [column, row] of [
      [0, 0],
      [5, 5],
      [6, 5],
      [35, 22],
    ] as const) {
      const expected = ramp(Math.floor(column / factor), Math.floor(row / factor))
      expect(data[band * area + row * WIDTH + column]).toBe(expected)
    }
  }
  expect(data[12 * area + 8 * WIDTH + 3]).toBe(2)
  expect(data[13 * area + 8 * WIDTH + 3]).toBe(3.5)
  // The last column has no elevation: no data in any band.
  expect(valid!.filter(flag => flag === 0)).toHaveLength(HEIGHT)
  for (let band = 0; band < 14; band++) expect(data[band * area + WIDTH - 1]).toBe(0)
})

test('offset and scale are applied, DN 0 and the file’s no-data value are none, others are at least 1', async () => {
  const stored = [0, 900, 1000, 1010, 65_535]
  const at = (column: number) => stored[column] ?? 3000
  const { stack } = sceneOf({ at, band: { offset: -1000, scale: 10, factor: 1 } })
  const { data, valid } = await stack.read({ column: 0, row: 0, width: 6, height: 1 })
  expect([...valid!]).toEqual([0, 1, 1, 1, 0, 1])
  expect([...data.subarray(0, 6)]).toEqual([0, 1, 1, 100, 0, 20_000])
})

test('one band without data makes the pixel one without data', async () => {
  const { stack, rasters } = sceneOf()
  const hole = rasterOf('B5.jp2', 19, 12, (column, row) => (column === 2 && row === 1 ? 0 : 500))
  rasters.set('B5.jp2', hole)
  const { valid } = await stack.read({ column: 0, row: 0, width: 8, height: 4 })
  const empty = [...valid!.keys()].filter(i => valid![i] === 0)
  expect(empty).toEqual([20, 21, 28, 29])
})

test('a band that the product does not have is one value everywhere', async () => {
  const { stack } = sceneOf({ absent: 9 })
  const { data } = await stack.read({ column: 0, row: 0, width: WIDTH - 1, height: 3 })
  const size = 3 * (WIDTH - 1)
  const b10 = data.subarray(9 * size, 10 * size)
  expect(b10.every(value => value === Math.fround(15.8))).toBe(true)
  expect(data[10 * size]).toBe(1000)
})

test('bilinear keeps a plane between the centres of a band, and leaves pixels without data out', async () => {
  // A plane over the scene: 20 m pixels have the value at their centre, 2 * column + 1 in pixels of 10 m.
  const at = (column: number) => 100 * (2 * column + 1)
  const { stack, rasters } = sceneOf({ at, recipe: { resampling: 'bilinear' } })
  const { data } = await stack.read(whole)
  const b5 = data.subarray(4 * area, 5 * area)
  for (const column of [1, 2, 3, 20]) expect(b5[3 * WIDTH + column]).toBeCloseTo(100 * (column + 0.5), 3)
  // At the left edge there is no centre further out: the first goes on.
  expect(b5[3 * WIDTH]).toBe(100)
  rasters.set(
    'B5.jp2',
    rasterOf('B5.jp2', 19, 12, column => (column === 3 ? 0 : 700)),
  )
  const next = sceneOf({ recipe: { resampling: 'bilinear' } })
  next.rasters.set('B5.jp2', rasters.get('B5.jp2')!)
  const holed = await next.stack.read({ column: 4, row: 4, width: 5, height: 1 })
  expect([...holed.valid!]).toEqual([1, 1, 0, 0, 1])
  expect([...holed.data.subarray(4 * 5, 5 * 5)]).toEqual([700, 700, 0, 0, 700])
})

test.each(['nearest', 'bilinear'] as const)('any window is a part of the whole: %s', async resampling => {
  const at = (column: number, row: number) => ((column * 7 + row * 13) % 5 === 0 ? 0 : ramp(column, row))
  const { stack } = sceneOf({ at, recipe: { resampling } })
  const all = await stack.read(whole)
  const place = fc
    .record({ column: fc.nat(WIDTH - 1), row: fc.nat(HEIGHT - 1), width: fc.nat(), height: fc.nat() })
    .map(({ column, row, width, height }) => ({
      column,
      row,
      width: 1 + (width % (WIDTH - column)),
      height: 1 + (height % (HEIGHT - row)),
    }))
  await fc.assert(
    fc.asyncProperty(place, async window => {
      const { data, valid } = await stack.read(window)
      const size = window.width * window.height
      for (let i = 0; i < size; i++) {
        const from = (window.row + Math.floor(i / window.width)) * WIDTH + window.column + (i % window.width)
        if ((valid?.[i] ?? 1) !== (all.valid?.[from] ?? 1)) return false
        for (let band = 0; band < 14; band++)
          if (data[band * size + i] !== all.data[band * area + from]) return false
      }
      return true
    }),
    { numRuns: 60, seed: 1 },
  )
})

test('windows in strip order decode each block of a band once', async () => {
  const { stack, rasters, cache } = sceneOf()
  for (let row = 0; row < HEIGHT; row += 8) {
    for (let column = 0; column < WIDTH; column += 8) {
      const window = { column, row, width: Math.min(8, WIDTH - column), height: Math.min(8, HEIGHT - row) }
      await stack.read(window)
    }
  }
  for (const raster of rasters.values()) expect(cache.decodes(raster).most).toBe(1)
})

test('a raster that has the 14 bands is a stack, in raw units', async () => {
  const raster = rasterOf(
    'stack.tif',
    4,
    2,
    (column, row, band) => (column === 0 ? 65_535 : 100 * band + row + 1),
    14,
  )
  const means = Array.from({ length: 14 }, (_, band) => 0.5 + band)
  const stack = rasterStack(raster, 'x1000', means, new BlockCache())
  const { data, valid } = await stack.read({ column: 0, row: 0, width: 4, height: 2 })
  expect([...valid!]).toEqual([0, 1, 1, 1, 0, 1, 1, 1])
  expect(data[8 + 1]).toBe(1010)
  expect(data[13 * 8 + 5]).toBe(1302)
  // Of bands that its product lacked it says so; B4 never is one of them.
  const filled = rasterStack({ ...raster, syntheticBands: ['B4', 'B10'] }, 'x1000', means, new BlockCache())
  const other = await filled.read({ column: 0, row: 0, width: 4, height: 2 })
  expect([...other.data.subarray(9 * 8, 10 * 8)]).toEqual([0, 9.5, 9.5, 9.5, 0, 9.5, 9.5, 9.5])
  expect(other.data.subarray(0, 9 * 8)).toEqual(data.subarray(0, 9 * 8))
})

test('rows of a whole scene hear a cancel between bands, though nothing of them is read from a file', async () => {
  const [width, height] = [4096, 256]
  const flat = { ...rasterOf('all.tif', width, height, () => 1000, 12), read: async () => planes }
  const planes = Array.from({ length: 12 }, () => new Uint16Array(width * height).fill(1000))
  const cancel = new AbortController()
  let terrainReads = 0
  const stack = openStack(
    {
      name: 'wide',
      grid: { crs: 'EPSG:32633', transform: [0, 10, 0, 0, 0, -10], width, height },
      bands: planes.map((_, band) => ({ path: 'all.tif', band, factor: 1, scale: 1, offset: 0 })),
      ...{ resampling: 'nearest', elevation: ['dem.tif'], slope: null },
    },
    {
      rasters: new Map([['all.tif', flat]]),
      terrain: {
        async read() {
          terrainReads++
          throw new Error('The cancel was not heard.')
        },
      },
      cache: new BlockCache(2 ** 30, 4096),
    },
  )
  setTimeout(() => cancel.abort(), 0)
  const window = { column: 0, row: 0, width, height }
  await expect(stack.read(window, cancel.signal)).rejects.toMatchObject({ code: 'aborted' })
  expect(terrainReads).toBe(0)
})
