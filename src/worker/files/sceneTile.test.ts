import { describe, expect, test } from 'vitest'
import { BANDS, DEM_BAND } from '../../core/patches/bands'
import { renderLayer, thumbnail } from '../../core/patches/renderLayer'
import type { PixelWindow } from '../../core/raster/rasterSource'
import type { PatchRecord } from '../../core/review/records'
import { reduceBand } from '../../core/scenes/boxSums'
import { cutScene } from '../../core/scenes/cells'
import { cellThumbnail } from './cellThumbnail'
import { SceneTiles } from './sceneTile'

const WIDTH = 1200
const HEIGHT = 700

/** A smooth scene with a hole in it: every pixel has a value of its own. */
function value(band: number, column: number, row: number): number {
  return planeOf(band)[row * WIDTH + column]!
}
const isValid = (column: number, row: number) => !(column > 600 && column < 640 && row > 300 && row < 420)

const planes = new Map<number, Float32Array>()

function planeOf(band: number): Float32Array {
  const known = planes.get(band)
  if (known) return known
  const plane = Float32Array.from({ length: WIDTH * HEIGHT }, (_, at) => {
    const [column, row] = [at % WIDTH, Math.floor(at / WIDTH)]
    return 1000 + 40 * band + 300 * Math.sin(column / (30 + band)) + 200 * Math.cos((row + 2 * column) / 41)
  })
  planes.set(band, plane)
  return plane
}

async function openScene(leftOut: readonly string[] = []) {
  const pieces = await cutScene({
    width: WIDTH,
    height: HEIGHT,
    bounds: { column: 3, row: 5, width: 1190, height: 690 },
  })
  const records = pieces.map(({ id, row, column, window, kind }) => {
    const cell = { sceneId: 's', row, column, window, ...(kind === 'margin' && { margin: true as const }) }
    return { id, width: window.width, height: window.height, georeference: null, cell } as PatchRecord
  })
  const reduced: { id: string; bands: readonly number[] }[] = []
  const reads: { id: string; bands: readonly number[]; pixels: number }[] = []
  const pixelsOf = async (
    id: string,
    window: PixelWindow,
    bands: readonly number[] = BANDS.map((_, i) => i),
  ) => {
    const { cell } = records.find(one => one.id === id)!
    const { column, row } = cell!.window
    const [left, top] = [column + window.column, row + window.row]
    const area = window.width * window.height
    const data = new Float32Array(bands.length * area)
    const valid = new Uint8Array(area)
    for (let y = 0; y < window.height; y++) {
      for (const [index, band] of bands.entries()) {
        const from = (top + y) * WIDTH + left
        data.set(planeOf(band).subarray(from, from + window.width), index * area + y * window.width)
      }
      for (let x = 0; x < window.width; x++) {
        valid[y * window.width + x] = Number(isValid(left + x, top + y))
      }
    }
    return { data, valid }
  }
  const store = {
    scenePieces: async () => records.map(one => ({ ...one, removed: leftOut.includes(one.id) })),
    async readPixelWindow(id: string, window: PixelWindow, bands?: readonly number[]) {
      reads.push({ id, bands: bands ?? [], pixels: window.width * window.height })
      return pixelsOf(id, window, bands)
    },
  }
  const withCopies = {
    ...store,
    /** As it is stored when a cell is added. */
    async readReduced(id: string, window: PixelWindow, bands: readonly number[]) {
      reduced.push({ id, bands })
      const { width, height } = window
      const { data, valid } = await pixelsOf(id, { column: 0, row: 0, width, height }, bands)
      return bands.map((_, index) => {
        const plane = data.subarray(index * width * height, (index + 1) * width * height)
        return reduceBand(plane, valid, window)[8]
      })
    },
  }
  const cells = records.filter(({ cell }) => !cell!.margin)
  return { tiles: new SceneTiles(async () => withCopies), store: withCopies, cells, reads, reduced }
}

/** The same window of the scene as one raster, each pixel the mean of the valid ones under it. */
function wholeOf(window: PixelWindow, step: number, bands: readonly number[]) {
  const [width, height] = [window.width / step, window.height / step]
  const data = new Float32Array(BANDS.length * width * height)
  const valid = new Uint8Array(width * height)
  for (const band of bands) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let [sum, count] = [0, 0]
        for (let row = window.row + y * step; row < window.row + (y + 1) * step; row++) {
          for (let column = window.column + x * step; column < window.column + (x + 1) * step; column++) {
            const inside = column >= 3 && column < 1193 && row >= 5 && row < 695
            if (!inside || !isValid(column, row)) continue
            sum += value(band, column, row)
            count++
          }
        }
        data[(band * height + y) * width + x] = count > 0 ? sum / count : Number.NaN
        if (count > 0) valid[y * width + x] = 1
      }
    }
  }
  return { data, valid, width, height }
}

function farthest(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  expect(a.length).toBe(b.length)
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0)
}

const sceneRequest = { sceneId: 's', cells: 6 }

describe('a tile of a scene', () => {
  const across = { column: 384, row: 320, width: 64, height: 64 }

  test.each([1, 2, 4, 8, 16])(
    'is the mean of the pixels under it, also across cells, at step %i',
    async step => {
      const { tiles } = await openScene()
      const window = { column: 384, row: 256, width: 24 * step, height: 16 * step }
      const limits = [0, 1, 2].map(() => ({ low: 0.08, high: 0.2 }))
      const tile = await tiles.draw({ ...sceneRequest, window, step, layer: 'true-colour', limits })
      const whole = renderLayer(wholeOf(window, step, [1, 2, 3]), 'true-colour', {
        limits,
        exactLimits: true,
      })
      expect(farthest(tile.rgba, whole.rgba)).toBeLessThanOrEqual(1)
      expect(new Set(tile.rgba).size).toBeGreaterThan(20)
    },
  )

  test.each([1, 4, 16])('of relief joins its neighbour at step %i', async step => {
    const { tiles } = await openScene()
    const window = { column: 16 * step, row: 16 * step, width: 8 * step, height: 8 * step }
    const tile = await tiles.draw({ ...sceneRequest, window, step, layer: 'hillshade' })
    const around = { column: 8 * step, row: 8 * step, width: 24 * step, height: 24 * step }
    const whole = renderLayer(wholeOf(around, step, [DEM_BAND]), 'hillshade', { cellSize: 10 * step })
    const middle = new Uint8ClampedArray(8 * 8 * 4)
    for (let y = 0; y < 8; y++) {
      const from = ((y + 8) * 24 + 8) * 4
      middle.set(whole.rgba.subarray(from, from + 32), y * 32)
    }
    expect(farthest(tile.rgba, middle)).toBeLessThanOrEqual(1)
  })

  test('is stretched by one range for the whole scene', async () => {
    const { tiles } = await openScene()
    const draw = (column: number) =>
      tiles.draw({
        ...sceneRequest,
        window: { column, row: 256, width: 32, height: 32 },
        step: 1,
        layer: 'index',
        channels: ['B8 / B4'],
      })
    const [west, east] = [await draw(64), await draw(960)]
    expect(west.range).toEqual(east.range)
    expect(west.range[0]!.low).toBeLessThan(west.range[0]!.high)
  })

  test('is transparent beyond the cells, where one was removed, and without data', async () => {
    const { tiles, cells } = await openScene(['r01c01'])
    const first = cells.find(({ id }) => id === 'r01c01')!.cell!.window
    const alpha = async (column: number, row: number) => {
      const window = { column, row, width: 1, height: 1 }
      return (await tiles.draw({ ...sceneRequest, cells: 5, window, step: 1, layer: 'slope' })).rgba[3]
    }
    expect(await alpha(1, 1)).toBe(0)
    expect(await alpha(first.column + 5, first.row + 5)).toBe(0)
    expect(await alpha(620, 360)).toBe(0)
    expect(await alpha(first.column + first.width + 5, first.row + 5)).toBe(255)
  })

  test('shades by the relief without losing the colour', async () => {
    const { tiles } = await openScene()
    const request = { ...sceneRequest, window: across, step: 1, layer: 'true-colour' as const }
    const plain = await tiles.draw(request)
    const shaded = await tiles.draw({ ...request, shade: { blend: 1, sun: { azimuth: 315, altitude: 45 } } })
    const none = await tiles.draw({ ...request, shade: { blend: 0, sun: { azimuth: 315, altitude: 45 } } })
    expect(farthest(none.rgba, plain.rgba)).toBe(0)
    expect(farthest(shaded.rgba, plain.rgba)).toBeGreaterThan(10)
  })

  test('reads only the bands of its layer, and each cell once for all coarse steps, from its small copy', async () => {
    const { tiles, reads, reduced } = await openScene()
    const window = { column: 0, row: 0, width: 1200, height: 704 }
    for (const step of [8, 16, 64]) await tiles.draw({ ...sceneRequest, window, step, layer: 'elevation' })
    expect(reduced.map(({ id }) => id).sort()).toEqual([...new Set(reduced.map(({ id }) => id))].sort())
    expect(reduced).toHaveLength(6)
    expect(reduced.every(({ bands }) => bands.length === 1 && bands[0] === DEM_BAND)).toBe(true)
    expect(reads).toEqual([])
    await tiles.draw({ ...sceneRequest, window, step: 4, layer: 'elevation' })
    expect(reads.map(({ bands }) => bands)).toEqual(Array.from({ length: 6 }, () => [DEM_BAND]))
    await tiles.draw({
      ...sceneRequest,
      window: { column: 16, row: 16, width: 32, height: 32 },
      step: 1,
      layer: 'elevation',
    })
    expect(reads.at(-1)!.pixels).toBeLessThanOrEqual(34 * 34)
  })

  test('has the same bits from small copies as from the pixels', async () => {
    const window = { column: 0, row: 0, width: 1216, height: 704 }
    const request = { ...sceneRequest, window, step: 8, layer: 'true-colour' as const }
    const { tiles, reads, reduced } = await openScene()
    const stored = await tiles.draw(request)
    expect([reads.length, reduced.length]).toEqual([0, 6])
    const other = await openScene()
    // Both sizes are made of the pixels here, and no copy is read for the coarse one.
    const limits = stored.range.map(({ low, high }) => ({ low, high }))
    await other.tiles.draw({ ...request, step: 4, limits })
    const sampled = other.reduced.length
    const made = await other.tiles.draw({ ...request, limits })
    expect([other.reads.length, other.reduced.length]).toEqual([6, sampled])
    expect(made.rgba).toEqual(stored.rgba)
  })

  test('is given up when nobody looks at it any more', async () => {
    const { tiles } = await openScene()
    const gone = AbortSignal.abort()
    await expect(
      tiles.draw({ ...sceneRequest, window: across, step: 1, layer: 'swir' }, gone),
    ).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('a thumbnail of a cell', () => {
  /** The same cell drawn both ways. */
  async function bothWays(size: number) {
    const { store, cells, reads, reduced } = await openScene()
    const { id, cell } = cells[1]!
    const picture = await cellThumbnail(store, { id, window: cell!.window }, size)
    const bandsRead = reads.map(({ bands }) => bands)
    const { width, height } = cell!.window
    const pixels = await store.readPixelWindow(id, { column: 0, row: 0, width, height })
    return {
      picture,
      whole: thumbnail({ ...pixels, width, height }, size),
      bandsRead,
      copies: reduced.length,
    }
  }

  test('reads three bands, and is that of the patch', async () => {
    const { picture, whole, bandsRead, copies } = await bothWays(200)
    expect(picture).toEqual(whole)
    expect([bandsRead, copies]).toEqual([[[3, 2, 1]], 0])
  })

  test('of a small size comes from the small copy', async () => {
    const { picture, whole, bandsRead, copies } = await bothWays(48)
    expect([bandsRead, copies]).toEqual([[], 1])
    // The cell begins within a box: up to half a pixel of the picture beside the other.
    expect(Math.abs(picture.height - whole.height)).toBeLessThanOrEqual(1)
    const differences = Array.from({ length: 40 * 40 }, (_, index) => {
      const [x, y] = [4 + (index % 40), Math.floor(index / 40)]
      const at = (y * 48 + x) * 4
      return Math.abs(picture.rgba[at]! - whole.rgba[at]!)
    })
    expect(differences.reduce((sum, one) => sum + one, 0) / differences.length).toBeLessThan(8)
    expect(new Set(picture.rgba).size).toBeGreaterThan(100)
  })
})
