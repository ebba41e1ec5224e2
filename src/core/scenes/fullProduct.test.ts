import { expect, test } from 'vitest'
import type { PixelWindow, RasterSource } from '../raster/rasterSource'
import { sampleWindows } from './sampleScene'
import { sceneCaches } from './sceneSources'

/** Of a Sentinel-2 tile; how many bands there are of each pixel size, and the side of their JPEG 2000 tiles. */
const SIDE = 10_980
const BANDS = [
  { factor: 1, tile: 1024, count: 4 },
  { factor: 2, tile: 640, count: 6 },
  { factor: 6, tile: 192, count: 3 },
]

/** Of `predictScene`. */
const [WINDOW, STRIDE] = [256, 192]

test('of a full product the samples and all windows decode no block more than twice', async () => {
  const { bands: cache } = sceneCaches()
  const bands = BANDS.flatMap(({ factor, tile, count }) =>
    Array.from({ length: count }, (_, i) => ({
      factor,
      raster: bandOf(`${factor}-${i}`, SIDE / factor, tile),
    })),
  )
  const read = async (window: PixelWindow) => {
    for (const { factor, raster } of bands) {
      const [column, row] = [Math.floor(window.column / factor), Math.floor(window.row / factor)]
      const end = (begin: number, length: number) => Math.floor((begin + length - 1) / factor) + 1
      const width = end(window.column, window.width) - column
      const height = end(window.row, window.height) - row
      await cache.read(raster, { window: { column, row, width, height } })
    }
  }
  for (const window of sampleWindows({ width: SIDE, height: SIDE })) await read(window)
  const starts = Array.from({ length: Math.ceil((SIDE - WINDOW) / STRIDE) + 1 }, (_, i) =>
    Math.min(i * STRIDE, SIDE - WINDOW),
  )
  expect(starts.length ** 2).toBe(3249)
  for (const row of starts)
    for (const column of starts) await read({ column, row, width: WINDOW, height: WINDOW })
  for (const { raster } of bands) {
    const { blocks, most } = cache.decodes(raster)
    expect(blocks, raster.path).toBeGreaterThan(0)
    expect(most, raster.path).toBeLessThanOrEqual(2)
  }
}, 240_000)

function bandOf(path: string, side: number, tile: number): RasterSource {
  return {
    kind: 'jp2',
    path,
    width: side,
    height: side,
    bandCount: 1,
    dtype: 'uint16',
    bandNames: null,
    nodata: null,
    georeference: null,
    notes: [],
    levels: 5,
    blocks: { width: tile, height: tile },
    read: async ({ window = { column: 0, row: 0, width: side, height: side } } = {}) => [
      new Uint16Array(window.width * window.height),
    ],
  }
}
