import { describe, expect, test, vi } from 'vitest'
import { setThreshold } from '../state/review/threshold'
import { emptyDisk, openStudio, patchRecord, SIDE } from '../state/studio.testing'
import { MASK_COLOUR } from './overlayColours'
import { composeTile, maskCoverage, TileSource } from './tileSource'

describe('compose tile', () => {
  test('coverage is the share of landslide under each pixel of the picture', () => {
    const mask = Uint8Array.from([1, 1, 0, 0, 1, 1, 0, 255])
    expect([...maskCoverage(mask, { width: 4, height: 2 }, { width: 2, height: 1 })]).toEqual([255, 0])
    expect([...maskCoverage(mask, { width: 4, height: 2 }, { width: 4, height: 2 })]).toEqual([
      255, 255, 0, 0, 255, 255, 0, 0,
    ])
  })

  test('one landslide pixel of ten thousand is still seen, in its own place', () => {
    const mask = new Uint8Array(100 * 100)
    mask[37 * 100 + 82] = 1
    const coverage = maskCoverage(mask, { width: 100, height: 100 }, { width: 7, height: 7 })
    expect(coverage.filter(value => value > 0)).toHaveLength(1)
    expect(coverage[Math.floor(0.37 * 7) * 7 + Math.floor(0.82 * 7)]).toBeGreaterThan(64)
  })

  test('the mask tints its inside, outlines its edge and leaves the rest of the picture alone', () => {
    const picture = { width: 5, height: 5, rgba: new Uint8ClampedArray(5 * 5 * 4).fill(100) }
    const coverage = new Uint8Array(25)
    for (const y of [1, 2, 3]) for (const x of [1, 2, 3]) coverage[y * 5 + x] = 255
    const rgba = composeTile(picture, coverage)
    expect([...rgba.slice(0, 4)]).toEqual([100, 100, 100, 100])
    expect([...rgba.slice((1 * 5 + 1) * 4, (1 * 5 + 1) * 4 + 4)]).toEqual([...MASK_COLOUR, 255])
    const middle = rgba.slice((2 * 5 + 2) * 4, (2 * 5 + 2) * 4 + 3)
    expect(middle[2]).toBeGreaterThan(100)
    expect(middle[2]).toBeLessThan(200)
    expect(picture.rgba[0]).toBe(100)
  })
})

describe('tile source', () => {
  const patch = patchRecord('1')
  const picture = () => ({
    width: SIDE,
    height: SIDE,
    rgba: new Uint8ClampedArray(SIDE * SIDE * 4),
    range: [],
  })

  function studioWithPictures() {
    const studio = openStudio(emptyDisk([patch, patchRecord('2')]))
    studio.store.change({ patches: { list: [patch, patchRecord('2')] } })
    studio.files.call = vi.fn(async () => picture()) as never
    return studio
  }

  /** Columns in which the tile's first row shows a mask. */
  const columns = (tile: { rgba: Uint8ClampedArray } | null) =>
    Array.from({ length: SIDE }, (_, column) => column).filter(
      column => (tile?.rgba[column * 4 + 3] ?? 0) > 0,
    )

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
})
