import { expect, test } from 'vitest'
import { BANDS, DEM_BAND, SLOPE_BAND } from '../patches/bands'
import { MAX_PATCH_PIXELS } from '../patches/readPatch'
import type { InputFile } from '../raster/inputFile'
import { openRaster } from '../raster/openRaster'
import { BlockCache } from './blockCache'
import { findScenes } from './findScenes'
import { planStack } from './planStack'
import type { FoundScene } from './scene'
import { openByPath, openSceneStack } from './sceneSources'
import { rasterStack } from './stack'
import { type SceneTiff, sceneTiff } from './testing/sceneTiff'

const WIDTH = 90
const HEIGHT = 40
const NAMES = BANDS.map(({ name }) => name)
/** [14] as models have them. */
const MEANS = BANDS.map((_, band) => 900 + band)

/** Reflectance x 10000 with dark B10, slopes up to 50 degrees, a lake at 0 m, a corner without data. */
function value(band: number, pixel: number): number {
  if (pixel < 3) return 0
  if (band === SLOPE_BAND) return pixel % 50
  if (band === DEM_BAND) return pixel % 7 === 0 ? 0 : 300 + (pixel % 41)
  if (band === 9) return pixel % 3 === 0 ? 0 : 8
  return 500 + 100 * band + ((pixel * 7919) % 97)
}
const fourteen = (path: string, image: SceneTiff = {}) =>
  sceneTiff(path, { width: WIDTH, height: HEIGHT, bands: 14, value, ...image })

const find = (files: readonly InputFile[], mostPatchPixels?: number) =>
  findScenes(files, { open: openRaster, ...(mostPatchPixels && { mostPatchPixels }) })

function recipeOf(scene: FoundScene, slope = 'stack.tif', elevation = ['stack.tif']) {
  return planStack(scene, { resampling: 'nearest', elevation, slope, means: MEANS })
}

test('a raster of the 14 bands that is too large for a patch is a scene with its own slope and elevation', async () => {
  const file = fourteen('stack.tif', { names: NAMES })
  const most = WIDTH * HEIGHT
  expect((await find([file], most)).rest).toEqual([file])
  const dem = sceneTiff('dem.tif', { width: 30, height: 30, side: 40, value: (_, pixel) => 200 + pixel })
  const { scenes, elevation, slopes, rest, refused } = await find([dem, file], most - 1)
  expect([rest, refused]).toEqual([[], []])
  expect(scenes).toMatchObject([
    {
      ...{ name: 'stack', kind: 'stack', naming: 'metadata' },
      quantification: { value: 10_000, evidence: 'values' },
      offset: { value: 0, evidence: 'values' },
      grid: { crs: 'EPSG:32633', width: WIDTH, height: HEIGHT },
    },
  ])
  expect(Object.keys(scenes[0]!.bands)).toEqual(NAMES.slice(0, 12))
  // Its own elevation lies on top of others.
  expect(elevation.map(({ path }) => path)).toEqual(['stack.tif', 'dem.tif'])
  expect(slopes).toMatchObject([{ path: 'stack.tif', kind: 'slope', crs: 'EPSG:32633' }])
})

test('the studio takes none that a patch can be', async () => {
  expect((await find([fourteen('stack.tif')], MAX_PATCH_PIXELS)).scenes).toEqual([])
  expect((await find([fourteen('stack.tif')])).scenes).toEqual([])
})

test('it is read as the command line reads the raster: pixels of 0 in one band, and heights of 0, are values', async () => {
  const file = fourteen('stack.tif')
  const { scenes } = await find([file], 1)
  expect(scenes[0]).toMatchObject({ naming: 'assumed' })
  expect(scenes[0]!.remarks.join(' ')).toContain('Check the order')
  const open = openByPath(new Map([[file.path, file]]), openRaster)
  const { stack, covered } = await openSceneStack(recipeOf(scenes[0]!), open)
  expect(covered).toBe(1)
  const window = { column: 0, row: 0, width: WIDTH, height: HEIGHT }
  const whole = await stack.read(window)
  const raster = await openRaster(file, {})
  expect(whole).toEqual(await rasterStack(raster, 'raw', MEANS, new BlockCache()).read(window))
  expect(whole.valid!.reduce((sum, flag) => sum + flag, 0)).toBe(WIDTH * HEIGHT - 3)
  expect(whole.data[DEM_BAND * WIDTH * HEIGHT + 7]).toBe(0)
})

test('with another slope or scale its bands are read as those of any scene', async () => {
  const file = fourteen('stack.tif')
  const slope = sceneTiff('slope.tif', {
    ...{ width: WIDTH, height: HEIGHT, bits: 32, format: 3 },
    value: (_, pixel) => 10.5 + (pixel % 5),
  })
  const files = new Map([file, slope].map(each => [each.path, each]))
  const { scenes } = await find([...files.values()], 1)
  const open = openByPath(files, openRaster)
  const window = { column: 3, row: 1, width: 20, height: 5 }
  const area = 100
  const { stack } = await openSceneStack(recipeOf(scenes[0]!, 'slope.tif'), open)
  const { data, valid } = await stack.read(window)
  const pixel = (index: number) => (1 + Math.floor(index / 20)) * WIDTH + 3 + (index % 20)
  const expected = Float32Array.from({ length: 100 }, (_, index) => 10.5 + (pixel(index) % 5))
  for (let index = 0; index < area; index++) {
    // Stored 0 is no data in a band of its own file, as everywhere.
    expect(valid?.[index] ?? 1).toBe(value(9, pixel(index)) === 0 ? 0 : 1)
    if (valid?.[index] === 0) continue
    expect(data[SLOPE_BAND * area + index]).toBeCloseTo(expected[index]!, 4)
    expect(data[DEM_BAND * area + index]).toBe(value(DEM_BAND, pixel(index)))
    expect(data[index]).toBe(value(0, pixel(index)))
  }
  const scaled = { ...scenes[0]!, quantification: { value: 5000, evidence: 'asked' as const } }
  const other = await (await openSceneStack(recipeOf(scaled), open)).stack.read(window)
  expect(other.data[1]).toBe(2 * value(0, pixel(1)))
})
