import { expect, test } from 'vitest'
import { writeMaskGeotiff } from '../../core/export/resultGeotiffs'
import { bytesInput } from '../../core/raster/inputFile'
import { openRaster } from '../../core/raster/openRaster'
import type { Georeference } from '../../core/raster/rasterSource'
import { patchRecordFixture, scenePieceFixture } from '../../core/review/records.testing'
import { cellsUnder, readCellMasks } from './cellMasks'
import { readMasks } from './readMasks'

/** Two cells of 3 x 2 pixels side by side, and a patch that lies elsewhere. */
const [first, second, other] = [scenePieceFixture(1), scenePieceFixture(2), patchRecordFixture()]
const PATCHES = [other, first, second]

const georeference = (column: number, row = 0, crs = 'EPSG:32633'): Georeference => ({
  ...{ crs, geoKeys: null },
  transform: [500_000 + 10 * column, 10, 0, 5_000_000 - 10 * row, 0, -10],
})

const bytesOf = (width: number, values: number[], place: Georeference | null) =>
  writeMaskGeotiff({
    ...{ mask: Uint8Array.from(values), width, height: values.length / width },
    ...{ georeference: place, metadata: {}, name: 'scene' },
  })

const opened = async (...args: Parameters<typeof bytesOf>) =>
  openRaster(bytesInput('scene_mask.tif', await bytesOf(...args)))

test('a mosaic is the mask of each cell that it covers', async () => {
  const raster = await opened(6, [0, 1, 0, 1, 0, 255, 0, 0, 1, 0, 0, 255], georeference(3))
  expect(cellsUnder(raster, PATCHES).map(({ patch }) => patch)).toEqual([first, second])
  const masks = await readCellMasks(raster, PATCHES)
  expect(masks.map(({ patchId, mask }) => [patchId, [...mask]])).toEqual([
    [first.id, [0, 1, 0, 0, 0, 1]],
    [second.id, [1, 0, 255, 0, 0, 255]],
  ])
})

test('beyond the mosaic a cell is ignored; one of which it says nothing is left out', async () => {
  // Begins two columns and a row before the second cell's end.
  const cut = await opened(4, [1, 0, 0, 0], georeference(7, 1))
  const masks = await readCellMasks(cut, PATCHES)
  expect(masks.map(({ patchId, mask }) => [patchId, [...mask]])).toEqual([
    [second.id, [255, 255, 255, 255, 1, 0]],
  ])
  const empty = await opened(6, [0, 0, 0, 255, 255, 255], georeference(3))
  expect((await readCellMasks(empty, PATCHES)).map(({ patchId }) => patchId)).toEqual([first.id])
})

test('one on another grid, in another system, or without a place is refused with a reason', async () => {
  const places = [georeference(3.4), georeference(3, 0, 'EPSG:32634'), georeference(400), null]
  for (const place of places) {
    const raster = await opened(6, [0, 1, 0, 1, 0, 0], place)
    expect(cellsUnder(raster, PATCHES)).toEqual([])
    await expect(readCellMasks(raster, PATCHES)).rejects.toThrow('lies on another grid')
  }
})

test('one mosaic is read for all of its cells at once, a mask of a patch as before', async () => {
  const mosaic = await bytesOf(6, [0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0], georeference(3))
  const single = await bytesOf(3, [1, 1, 1, 0, 0, 0], null)
  const store = { patch: async (id: string) => PATCHES.find(patch => patch.id === id)! }
  const files = [
    { path: 'scene_mask.tif', file: new Blob([mosaic as Uint8Array<ArrayBuffer>]) },
    { path: 'image_1_mask.tif', file: new Blob([single as Uint8Array<ArrayBuffer>]) },
  ]
  const wanted = [
    { path: 'scene_mask.tif', patchId: first.id },
    { path: 'scene_mask.tif', patchId: second.id },
    { path: 'image_1_mask.tif', patchId: other.id },
  ]
  const { masks, refused } = await readMasks(store, openRaster, { files, masks: wanted }, {})
  expect(refused).toEqual([])
  expect(masks.map(({ path, patchId, mask }) => [path, patchId, [...mask]])).toEqual([
    ['scene_mask.tif', first.id, [0, 1, 0, 0, 0, 1]],
    ['scene_mask.tif', second.id, [1, 0, 0, 0, 0, 0]],
    ['image_1_mask.tif', other.id, [1, 1, 1, 0, 0, 0]],
  ])
})
