import { expect, it } from 'vitest'
import { parseWorldFile, worldFilePaths } from './openRaster'

it('turns the centre of the first pixel into its corner', () => {
  expect(parseWorldFile('10\n0\n0\n-10\n500005\n5099995\n')).toEqual([500_000, 10, 0, 5_100_000, 0, -10])
  expect(parseWorldFile('10\n0\n0\n')).toBeNull()
  expect(parseWorldFile('a b c d e f')).toBeNull()
})

it('knows the names that go with a raster', () => {
  expect(worldFilePaths('d.x/scene.tif')).toContain('d.x/scene.tfw')
  expect(worldFilePaths('scene.tiff')).toContain('scene.tfw')
})
