import { describe, expect, test } from 'vitest'
import {
  childrenOf,
  overviewStep,
  parentOf,
  stepFor,
  type TilePlace,
  tileName,
  tilesOf,
  tilesToDraw,
  tileWindow,
} from './tileGrid'

const place = (step: number, column: number, row: number): TilePlace => ({ step, column, row })

test('a pixel of a picture is as large as one of the screen, to within 1.5 times', () => {
  expect(stepFor(0.01)).toBe(1)
  expect(stepFor(1.3)).toBe(1)
  expect(stepFor(1.6)).toBe(2)
  expect(stepFor(10)).toBe(8)
  for (let scale = 1; scale < 200; scale *= 1.07) {
    const ratio = scale / stepFor(scale)
    expect(Math.max(ratio, 1 / ratio)).toBeLessThan(1.5)
  }
})

test('a Sentinel-2 tile has one picture of it all', () => {
  const step = overviewStep({ width: 10_980, height: 10_980 })
  expect(step).toBe(64)
  expect(tilesOf({ column: 0, row: 0, width: 10_980, height: 10_980 }, step)).toHaveLength(1)
})

test('tiles cover a window, the middle first', () => {
  const window = { column: 300, row: 10, width: 1000, height: 600 }
  const tiles = tilesOf(window, 1)
  expect(tiles.map(({ column }) => column).sort()).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5])
  expect(tiles[0]).toEqual(place(1, 3, 1))
  const covered = tiles.map(tileWindow)
  expect(Math.min(...covered.map(({ column }) => column))).toBeLessThanOrEqual(300)
  expect(Math.max(...covered.map(({ column, width }) => column + width))).toBeGreaterThanOrEqual(1300)
})

describe('what is drawn', () => {
  const draw = (wanted: TilePlace[], there: TilePlace[]) => {
    const names = new Set(there.map(tileName))
    return tilesToDraw(wanted, tile => names.has(tileName(tile))).map(tileName)
  }

  test('a tile that is there, alone', () => {
    expect(draw([place(2, 5, 3)], [place(2, 5, 3), place(4, 2, 1), place(1, 10, 6)])).toEqual(['2/5/3'])
  })

  test('until it is there, the coarser one that covers it, once for all that it covers', () => {
    const wanted = [place(1, 4, 4), place(1, 5, 4), place(1, 4, 5)]
    expect(draw(wanted, [place(4, 1, 1), place(16, 0, 0), place(1, 5, 4)])).toEqual(['4/1/1', '1/5/4'])
  })

  test('zoomed out, finer ones lie on the coarse one', () => {
    const [child] = childrenOf(place(8, 1, 1))
    expect(parentOf(child!)).toEqual(place(8, 1, 1))
    const finer = childrenOf(place(4, 3, 3))
    expect(draw([place(8, 1, 1)], [child!, place(32, 0, 0), finer[2]!])).toEqual(['32/0/0', '4/2/2', '2/6/7'])
  })

  test('nothing where nothing is there', () => {
    expect(draw([place(1, 0, 0)], [])).toEqual([])
  })
})
