import { expect, test } from 'vitest'
import { labelComponents } from '../../core/masks/components'
import { type Landslide, landslideAttributes } from '../../core/masks/landslideAttributes'
import type { PixelWindow } from '../../core/raster/rasterSource'
import type { PatchRecord } from '../../core/review/records'
import { landslidesOverCells } from './landslides'

const WIDTH = 12
const HEIGHT = 10

/** Unequal cells: 7 + 5 across, 4 + 6 down. */
const WINDOWS: Record<string, PixelWindow> = {
  a: { column: 0, row: 0, width: 7, height: 4 },
  b: { column: 7, row: 0, width: 5, height: 4 },
  c: { column: 0, row: 4, width: 7, height: 6 },
  d: { column: 7, row: 4, width: 5, height: 6 },
}

const drawn = [
  '#...........',
  '............',
  '.....###....',
  '......###..#',
  '.....####...',
  '..#.........',
  '.........##.',
  '##.......##.',
  '............',
  '............',
].join('')
const MASK = Uint8Array.from(drawn, letter => Number(letter === '#'))
const PROBABILITY = Float32Array.from({ length: WIDTH * HEIGHT }, (_, index) => ((index * 5) % 11) / 11)
const ELEVATION = Float32Array.from({ length: WIDTH * HEIGHT }, (_, index) => 900 - ((index * index) % 97))
const SLOPE = Float32Array.from({ length: WIDTH * HEIGHT }, (_, index) => (index * 3) % 41)

const georeference = { crs: 'EPSG:32633', transform: [5e5, 10, 0, 5e6, 0, -10] as const, geoKeys: null }

function crop<Values extends Uint8Array | Float32Array>(values: Values, window: PixelWindow): number[] {
  return Array.from({ length: window.width * window.height }, (_, at) => {
    const row = window.row + Math.floor(at / window.width)
    return values[row * WIDTH + window.column + (at % window.width)]!
  })
}

const store = {
  patch: async (id: string) =>
    ({
      id,
      ...WINDOWS[id],
      georeference,
      cell: { sceneId: 's', row: 0, column: 0, window: WINDOWS[id]! },
    }) as unknown as PatchRecord,
  readProbability: async (id: string) => Float32Array.from(crop(PROBABILITY, WINDOWS[id]!)),
  readPixelWindow: async (id: string) => ({
    data: Float32Array.from([...crop(ELEVATION, WINDOWS[id]!), ...crop(SLOPE, WINDOWS[id]!)]),
    valid: null,
  }),
}

const cells = (ids: string) =>
  [...ids].map(id => ({ patchId: id, mask: Uint8Array.from(crop(MASK, WINDOWS[id]!)) }))

const whole = landslideAttributes(labelComponents(MASK, WIDTH, HEIGHT), {
  elevation: ELEVATION,
  slope: SLOPE,
  probability: PROBABILITY,
  pixelSize: { width: 10, height: 10 },
})

const facts = ({ number: _, window: __, cells: ___, ...rest }: Landslide) => rest

test('a landslide over four cells has the facts that it has on one raster', async () => {
  const list = await landslidesOverCells(store, cells('abcd'))
  expect(list.map(facts)).toEqual([0, 1].map(index => facts(whole[index]!)))
  expect(list.map(({ pixels, cells: over }) => [pixels, over])).toEqual([
    [1, undefined],
    [10, 4],
  ])
  expect(list.map(({ number }) => number)).toEqual([1, 2])
  expect(list[1]!.area).toBe(1000)
})

test('windows count from the cell that is asked for, whichever lies first', async () => {
  const list = await landslidesOverCells(store, cells('dcba'))
  expect(list.map(({ pixels, window }) => [pixels, window])).toEqual([
    [10, { column: -2, row: -2, width: 4, height: 3 }],
    [4, { column: 2, row: 2, width: 2, height: 2 }],
  ])
  // On the cell below it is one with what lies above.
  const below = await landslidesOverCells(store, cells('cabd'))
  expect(below.map(({ pixels }) => pixels)).toEqual([10, 1, 2])
})

test('what was not predicted counts in no mean', async () => {
  const partly = {
    ...store,
    readProbability: async (id: string) => (id === 'a' ? store.readProbability(id) : null),
  }
  const [, landslide] = await landslidesOverCells(partly, cells('abcd'))
  const inFirst = [29, 30].map(index => PROBABILITY[index]!)
  expect(landslide!.meanProbability).not.toBeNull()
  expect(landslide!.meanProbability).toBeCloseTo(
    [...inFirst, PROBABILITY[42]!].reduce((sum, value) => sum + value, 0) / 3,
  )
})
