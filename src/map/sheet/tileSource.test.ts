import { expect, test, vi } from 'vitest'
import { setThreshold } from '../../state/actions/setThreshold'
import { emptyDisk, openStudio, patchRecord, SIDE } from '../../state/studio.testing'
import { TileSource } from './tileSource'

const patch = patchRecord('1')
const picture = () => ({
  width: SIDE,
  height: SIDE,
  rgba: new Uint8ClampedArray(SIDE * SIDE * 4),
  range: [],
})

function studioWithPictures() {
  const studio = openStudio(emptyDisk([patch, patchRecord('2')]))
  studio.store.setState({ patches: [patch, patchRecord('2')] })
  studio.files.call = vi.fn(async () => picture()) as never
  return studio
}

/** Columns in which the tile's first row shows a mask. */
const columns = (tile: { rgba: Uint8ClampedArray } | null) =>
  Array.from({ length: SIDE }, (_, column) => column).filter(column => (tile?.rgba[column * 4 + 3] ?? 0) > 0)

test('a tile shows the mask at the threshold, and another one after the threshold moved', async () => {
  const studio = studioWithPictures()
  const source = new TileSource(studio)
  const { signal } = new AbortController()
  expect(columns(await source.tile(patch, true, signal))).toEqual([4, 5, 6, 7])
  expect(source.isReady(patch, true)).toBe(true)
  setThreshold(studio, 0.8)
  expect(source.isReady(patch, true)).toBe(false)
  expect(columns(await source.tile(patch, true, signal))).toEqual([7])
  expect(columns(await source.tile(patch, false, signal))).toEqual([])
  expect(studio.files.call).toHaveBeenCalledTimes(1)
})

test('what was scrolled away before its turn is never read', async () => {
  const studio = studioWithPictures()
  const source = new TileSource(studio)
  const gone = new AbortController()
  const wanted = source.tile(patch, true, new AbortController().signal)
  const unwanted = source.tile(patchRecord('2'), true, gone.signal)
  gone.abort()
  expect(await unwanted).toBeNull()
  expect(await wanted).not.toBeNull()
  expect(studio.files.call).toHaveBeenCalledTimes(1)
})

test('a tile that fails does not stop those behind it', async () => {
  const studio = studioWithPictures()
  const source = new TileSource(studio)
  const { signal } = new AbortController()
  studio.files.call = vi
    .fn()
    .mockRejectedValueOnce(new Error('damaged'))
    .mockResolvedValue(picture()) as never
  const first = source.tile(patch, false, signal)
  const second = source.tile(patchRecord('2'), false, signal)
  await expect(first).rejects.toThrow('damaged')
  expect(await second).not.toBeNull()
})
