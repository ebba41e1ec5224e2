import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RasterSource } from '../raster/rasterSource'
import { quickLook } from './quickLook'
import type { SceneBand } from './scene'
import { computedRaster, openFile, shared } from './scenes.testing'

const grid = { crs: 'EPSG:32633', transform: [0, 10, 0, 0, 0, -10] as const, width: 4096, height: 2050 }

function band(name: string, raster: RasterSource, index = 0): SceneBand {
  const { path, width, height } = raster
  return { name, path, band: index, width, height, resolution: (10 * grid.width) / width }
}

/** A raster that notes which windows were read at which level. */
function leveled(path: string, width: number, height: number, levels: number) {
  const reads: { level: number; rows: number }[] = []
  const whole = computedRaster({ path, grid: { ...grid, width, height } }, () => 0)
  const raster: RasterSource = {
    ...whole,
    levels,
    blocks: { width, height: 1 },
    async read({ window, level = 0 } = {}) {
      reads.push({ level, rows: window!.height })
      return [
        Float32Array.from({ length: window!.width * window!.height }, (_, i) => {
          const column = i % window!.width
          const row = window!.row + Math.floor(i / window!.width)
          // Nothing in the upper left quarter.
          const [x, y] = [(column << level) / width, (row << level) / height]
          return x < 0.5 && y < 0.5 ? 0 : 1000 + 1000 * x
        }),
      ]
    },
  }
  return { raster, reads }
}

describe('a quick look', () => {
  const alpha = ({ rgba, width }: { rgba: Uint8ClampedArray; width: number }, x: number, y: number) =>
    rgba[(y * width + x) * 4 + 3]

  test('reads one coarse level of each band, and is transparent where nothing is', async () => {
    const files = ['B4', 'B3', 'B2'].map(name => ({ name, ...leveled(`${name}.jp2`, 4096, 2050, 5) }))
    const bands = Object.fromEntries(files.map(({ name, raster }) => [name, band(name, raster)]))
    const open = async (path: string) => files.find(({ raster }) => raster.path === path)!.raster
    const picture = await quickLook({ name: 'x', bands }, open, 500)
    expect([picture.width, picture.height, picture.step]).toEqual([512, 257, 8])
    for (const { reads } of files) expect(reads).toEqual([{ level: 3, rows: 257 }])
    expect([alpha(picture, 10, 10), alpha(picture, 500, 10), alpha(picture, 10, 250)]).toEqual([0, 255, 255])
    expect(picture.range[0]!.unit).toBe('as stored')
    // Brighter to the east.
    expect(picture.rgba[(250 * 512 + 500) * 4]).toBeGreaterThan(picture.rgba[(250 * 512 + 10) * 4]!)
  })

  test('of files without coarser levels reads the rows that it shows, and of coarser bands each pixel often', async () => {
    const red = leveled('B4.tif', 4096, 2050, 0)
    const edge = leveled('B5.tif', 2048, 1025, 0)
    const rasters = [red.raster, edge.raster]
    const bands = { B4: band('B4', red.raster), B5: band('B5', edge.raster) }
    const open = async (path: string) => rasters.find(raster => raster.path === path)!
    const picture = await quickLook({ name: 'x', bands }, open, 512)
    expect([picture.width, picture.height, picture.step]).toEqual([512, 257, 8])
    expect(red.reads.every(({ level, rows }) => level === 0 && rows === 1)).toBe(true)
    expect(red.reads).toHaveLength(257)
    expect([alpha(picture, 10, 10), alpha(picture, 500, 10)]).toEqual([0, 255])
  })

  test.runIf(existsSync(shared))('of a real scene shows every pixel of it', async () => {
    const raster = await openFile(join(shared, 's2_l1c_slovenia_13band_2.tif'))
    const found = Object.fromEntries(['B2', 'B3', 'B4'].map((name, i) => [name, band(name, raster, i + 1)]))
    const picture = await quickLook({ name: 'x', bands: found }, async () => raster, 512)
    expect([picture.width, picture.height, picture.step]).toEqual([100, 101, 1])
    expect(picture.rgba.filter((value, i) => i % 4 === 3 && value !== 255)).toHaveLength(0)
    const [, , , red] = await raster.read()
    const at = red!.indexOf(Math.max(...Array.from(red!)) as never)
    expect(picture.rgba[at * 4]).toBe(255)
  })

  test('of a scene without a band, and one that was cancelled, ends', async () => {
    const none = quickLook({ name: 'x', bands: {} }, async () => ({}) as never, 512)
    await expect(none).rejects.toMatchObject({ code: 'bands-mismatch' })
    const { raster } = leveled('B4.jp2', 4096, 2050, 5)
    const cancelled = quickLook(
      { name: 'x', bands: { B4: band('B4', raster) } },
      async () => raster,
      512,
      AbortSignal.abort(),
    )
    await expect(cancelled).rejects.toMatchObject({ code: 'aborted' })
  })
})
