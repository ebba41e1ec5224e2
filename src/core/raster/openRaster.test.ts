import { strToU8, zipSync } from 'fflate'
import { expect, it } from 'vitest'
import { bytesInput, type InputFile } from './inputFile'
import { openRaster, parseWorldFile, withWorldFile, worldFilePaths } from './openRaster'
import type { RasterSource } from './rasterSource'

it('turns the centre of the first pixel into its corner', () => {
  expect(parseWorldFile('10\n0\n0\n-10\n500005\n5099995\n')).toEqual([500_000, 10, 0, 5_100_000, 0, -10])
  expect(parseWorldFile('10\n0\n0\n')).toBeNull()
  expect(parseWorldFile('a b c d e f')).toBeNull()
  expect(parseWorldFile('1 2 3 4 5 Infinity')).toBeNull()
  // Turned: the centre lies half a column and half a row from the corner.
  expect(parseWorldFile(' 10 2 4 -10 500 600 and more')).toEqual([493, 10, 4, 604, 2, -10])
})

it('knows the names that go with a raster', () => {
  expect(worldFilePaths('d.x/scene.tif')).toEqual(['d.x/scene.tfw', 'd.x/scene.tifw', 'd.x/scene.wld'])
  expect(worldFilePaths('scene.tiff')).toEqual(['scene.tfw', 'scene.tiffw', 'scene.wld'])
  expect(worldFilePaths('scene.jp2')).toEqual(['scene.j2w', 'scene.tfw', 'scene.jp2w', 'scene.wld'])
  expect(worldFilePaths('d.x/scene')).toEqual(['d.x/scene.tfw', 'd.x/scenew', 'd.x/scene.wld'])
  expect(worldFilePaths('a.x')).toEqual(['a.tfw', 'a.xw', 'a.wld'])
})

it('takes the place from a world file where the raster has none', async () => {
  const lines = '10\n0\n0\n-10\n5\n-5\n'
  const companions = (files: Record<string, string>) =>
    new Map<string, InputFile>(
      Object.entries(files).map(([path, text]) => [path, bytesInput(path, strToU8(text))]),
    )
  const raster = { path: 'D/Scene.TIF', kind: 'geotiff', georeference: null } as unknown as RasterSource
  const place = { crs: null, geoKeys: null, transform: [0, 10, 0, 0, 0, -10] }
  expect(await withWorldFile(raster, companions({ 'd/scene.tfw': lines }))).toEqual(place)
  expect(
    await withWorldFile(raster, companions({ 'd/scene.tfw': 'no numbers', 'd/scene.wld': lines })),
  ).toEqual(place)
  expect(await withWorldFile(raster, companions({ 'd/other.tfw': lines }))).toBeNull()
  expect(
    await withWorldFile(raster, companions({ 'd/scene.tfw': lines + ' '.repeat(4096 - lines.length) })),
  ).toEqual(place)
  expect(
    await withWorldFile(raster, companions({ 'd/scene.tfw': lines + ' '.repeat(4097 - lines.length) })),
  ).toBeNull()
  const own = { crs: 'EPSG:32633', geoKeys: null, transform: null }
  const system = { ...raster, georeference: own } as RasterSource
  expect(await withWorldFile(system, companions({ 'd/scene.tfw': lines }))).toEqual({
    ...place,
    crs: 'EPSG:32633',
  })
  const placed = { ...raster, georeference: { ...own, transform: [1, 1, 0, 1, 0, -1] } } as RasterSource
  expect(await withWorldFile(placed, companions({ 'd/scene.tfw': lines }))).toBe(placed.georeference)
  const jp2 = { ...raster, path: 'd/T33_B02.jp2', kind: 'jp2' } as RasterSource
  expect(await withWorldFile(jp2, companions({ 'd/t33_b02.j2w': lines }))).toEqual(place)
  expect(await withWorldFile(jp2, companions({ 'd/t33_b02.wld': lines }))).toEqual(place)
  const hdf5 = { ...raster, kind: 'hdf5' } as unknown as RasterSource
  expect(await withWorldFile(hdf5, companions({ 'd/scene.tfw': lines }))).toBeNull()
})

it.each([
  ['an empty file', new Uint8Array(), 'file-malformed', '"x.tif" is empty.'],
  [
    'a zip',
    zipSync({ a: strToU8('a') }),
    'file-unsupported',
    '"x.tif" is a zip archive inside another; unpack it first.',
  ],
  [
    'a picture',
    Uint8Array.of(0xff, 0xd8, 0xff),
    'file-unsupported',
    '"x.tif" is a JPEG picture. Give Landslide4Sense HDF5 (.h5), GeoTIFF (.tif) or JPEG 2000 (.jp2) files.',
  ],
  [
    'weights',
    Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0, 0x7b, ...new Array(7).fill(32)),
    'file-unsupported',
    '"x.tif" is a file of model weights. Give Landslide4Sense HDF5 (.h5), GeoTIFF (.tif) or JPEG 2000 (.jp2) files.',
  ],
  [
    'anything else',
    Uint8Array.of(1, 2),
    'file-unsupported',
    '"x.tif" is neither HDF5, TIFF nor JPEG 2000. Give Landslide4Sense HDF5 (.h5), GeoTIFF (.tif) or JPEG 2000 (.jp2) files.',
  ],
])('says what %s is instead', async (_, bytes, code, message) => {
  await expect(openRaster(bytesInput('x.tif', bytes))).rejects.toMatchObject({ code, message })
})
