import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PixelWindow, RasterSource, SampleArray } from '../raster/rasterSource'
import { BlockCache } from './blockCache'

/** Pixel (column, row) of band b at level l is l * 1e6 + b * 1e5 + row * 300 + column. */
function numbered(
  width: number,
  height: number,
  blocks?: RasterSource['blocks'],
): RasterSource & { windows: PixelWindow[] } {
  const windows: PixelWindow[] = []
  return {
    kind: 'geotiff',
    path: 'numbered.tif',
    width,
    height,
    bandCount: 3,
    dtype: 'float32',
    bandNames: null,
    nodata: null,
    georeference: null,
    notes: [],
    levels: 3,
    blocks,
    windows,
    async read({ window = { column: 0, row: 0, width, height }, level = 0, bands = [0, 1, 2], signal } = {}) {
      windows.push(window)
      await new Promise(resolve => setTimeout(resolve, 0))
      signal?.throwIfAborted()
      return bands.map(band => expected(window, level, band))
    },
  }
}

function expected(window: PixelWindow, level: number, band: number): Float32Array {
  return Float32Array.from(
    { length: window.width * window.height },
    (_, i) =>
      level * 1e6 +
      band * 1e5 +
      (window.row + Math.floor(i / window.width)) * 300 +
      window.column +
      (i % window.width),
  )
}

describe('block cache', () => {
  it('gives what the source gives, for any window, band, level and file layout', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          tile: fc.option(
            fc.record({ width: fc.integer({ min: 1, max: 60 }), height: fc.integer({ min: 1, max: 20 }) }),
          ),
          level: fc.integer({ min: 0, max: 2 }),
          bands: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 4 }),
          at: fc.tuple(
            fc.double({ min: 0, max: 0.99, noNaN: true }),
            fc.double({ min: 0, max: 0.99, noNaN: true }),
          ),
          share: fc.tuple(
            fc.double({ min: 0.01, max: 1, noNaN: true }),
            fc.double({ min: 0.01, max: 1, noNaN: true }),
          ),
          bytes: fc.constantFrom(1, 3000, 1e9),
        }),
        async ({ tile, level, bands, at, share, bytes }) => {
          const source = numbered(49, 71, tile ?? undefined)
          const cache = new BlockCache(bytes, 16)
          const [w, h] = [Math.ceil(49 / 2 ** level), Math.ceil(71 / 2 ** level)]
          const column = Math.floor(at[0] * w)
          const row = Math.floor(at[1] * h)
          const window = {
            column,
            row,
            width: Math.max(1, Math.floor(share[0] * (w - column))),
            height: Math.max(1, Math.floor(share[1] * (h - row))),
          }
          for (let again = 0; again < 2; again++) {
            expect(await cache.read(source, { window, level, bands })).toEqual(
              bands.map(band => expected(window, level, band)),
            )
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  it('cuts a file along its own tiles and strips', async () => {
    const strips = numbered(299, 701, { width: 299, height: 7 })
    await new BlockCache(1e9, 100).read(strips, { window: { column: 0, row: 30, width: 10, height: 10 } })
    expect(strips.windows).toEqual([{ column: 0, row: 28, width: 299, height: 28 }])
    const tiles = numbered(299, 701, { width: 96, height: 96 })
    await new BlockCache(1e9, 200).read(tiles)
    expect(tiles.windows).toHaveLength(8)
    for (const { column, row, width, height } of tiles.windows) {
      expect([column % 96, row % 96]).toEqual([0, 0])
      expect(column + width === 299 || width % 96 === 0).toBe(true)
      expect(row + height === 701 || height % 96 === 0).toBe(true)
    }
  })

  it('decodes no block twice while they fit, and few again where they do not', async () => {
    const source = numbered(400, 400, { width: 20, height: 20 })
    const strips = async (cache: BlockCache) => {
      for (let row = 0; row + 48 <= 400; row += 35) {
        for (let column = 0; column + 48 <= 400; column += 35) {
          await cache.read(source, { window: { column, row, width: 48, height: 48 }, bands: [1] })
        }
      }
    }
    const all = new BlockCache(1e9, 100)
    await strips(all)
    expect(all.decodes(source)).toEqual({ blocks: 16, total: 16, most: 1 })
    // Two rows of blocks and one more.
    const some = new BlockCache(9 * 100 * 100 * 4, 100)
    await strips(some)
    expect(some.bytes).toBeLessThanOrEqual(9 * 100 * 100 * 4)
    expect(some.decodes(source).most).toBe(1)
    const little = new BlockCache(100 * 100 * 4, 100)
    await strips(little)
    expect(little.decodes(source).most).toBeGreaterThan(2)
  })

  it('decodes once for all who ask at the same time, and only the bands that are missing', async () => {
    const source = numbered(299, 299)
    const cache = new BlockCache()
    await Promise.all([0, 1, 2].map(() => cache.read(source, { bands: [0, 2] })))
    expect(source.windows).toHaveLength(1)
    const [first, second] = await cache.read(source, { bands: [1, 0] })
    expect([first![0], second![0]]).toEqual([1e5, 0])
    expect(source.windows).toHaveLength(2)
  })

  it('continues for others where the one who began to decode cancels', async () => {
    const source = numbered(299, 299)
    const cache = new BlockCache()
    const cancel = new AbortController()
    const mine = cache.read(source, { bands: [0], signal: cancel.signal })
    const other = cache.read(source, { bands: [0] })
    cancel.abort()
    await expect(mine).rejects.toThrow()
    expect((await other)[0]![300]).toBe(301)
    await expect(cache.read(source, { signal: cancel.signal })).rejects.toMatchObject({ code: 'aborted' })
  })

  it('keeps what was computed, within the same limit', async () => {
    const cache = new BlockCache(100)
    const owner = {}
    let made = 0
    const make = async () => {
      made++
      return new Uint8Array(60)
    }
    const size = (value: SampleArray) => value.byteLength
    await Promise.all([cache.keep(owner, 'a', size, make), cache.keep(owner, 'a', size, make)])
    expect(made).toBe(1)
    await cache.keep({}, 'a', size, make)
    expect([made, cache.bytes]).toEqual([2, 60])
    await cache.keep(owner, 'a', size, make)
    expect(made).toBe(3)
    const failing = cache.keep(owner, 'b', size, async () => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect((await cache.keep(owner, 'b', size, make)).length).toBe(60)
  })
})
