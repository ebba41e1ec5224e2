import { describe, expect, test } from 'vitest'
import type { PixelWindow } from '../raster/rasterSource'
import { type MosaicPiece, mosaicRows, sharedGrids } from './mosaic'

const NONE = 255

/** A piece all of one value, that tells when it is read. */
function piece(window: PixelWindow, value: number, rank = 0, read: string[] = []): MosaicPiece {
  return {
    window,
    rank,
    read: async () => {
      read.push(`${window.column},${window.row}`)
      return new Uint8Array(window.width * window.height).fill(value)
    },
  }
}

const at = (column: number, row: number, width: number, height: number) => ({ column, row, width, height })

describe('rows of a mosaic', () => {
  test('are made of its pieces, with no data where none lies', async () => {
    const rows = mosaicRows(4, [piece(at(0, 0, 2, 2), 1), piece(at(1, 2, 3, 1), 0)])
    expect([...(await rows(0, 3))]).toEqual([1, 1, NONE, NONE, 1, 1, NONE, NONE, NONE, 0, 0, 0])
  })

  test('have the higher rank where pieces overlap, of equal ones the later, and never no data over data', async () => {
    const rows = mosaicRows(3, [
      piece(at(0, 0, 2, 1), 7, 1),
      piece(at(1, 0, 2, 1), 3),
      piece(at(2, 0, 1, 1), 4),
      piece(at(0, 0, 3, 1), NONE, 2),
    ])
    expect([...(await rows(0, 1))]).toEqual([7, 7, 4])
  })

  test('read each piece once, only when its rows are reached, in whatever runs they are asked for', async () => {
    const read: string[] = []
    const values = [1, 2, 3, 4, 5, 6]
    const pieces = values.map((value, i) =>
      piece(at((i % 2) * 3, Math.floor(i / 2) * 4, 3, 4), value, 0, read),
    )
    const rows = mosaicRows(6, pieces)
    const runs: number[][] = []
    for (let top = 0; top < 12; top += 5) {
      runs.push([...(await rows(top, Math.min(5, 12 - top)))])
      expect(read.length).toBe(Math.min(6, 2 * Math.ceil((top + 5) / 4)))
    }
    expect(runs.flat()).toEqual(
      Array.from({ length: 72 }, (_, i) => values[2 * Math.floor(i / 24) + (i % 6 < 3 ? 0 : 1)]),
    )
    expect(new Set(read).size).toBe(read.length)
  })

  test('take a piece that has nothing as one of no data', async () => {
    const nothing = { window: at(0, 0, 2, 1), rank: 1, read: async () => null }
    expect([...(await mosaicRows(2, [piece(at(0, 0, 1, 1), 0), nothing])(0, 1))]).toEqual([0, NONE])
  })
})

describe('rasters on one grid', () => {
  const place = (x: number, y: number, more: { side?: number; crs?: string | null; turn?: number } = {}) => {
    const { side = 10, crs = 'EPSG:32633', turn = 0 } = more
    const transform = [x, side, turn, y, turn, -side] as const
    return { georeference: { crs, transform, geoKeys: null }, width: 100, height: 50 }
  }

  test('have their places in what holds them all', () => {
    const [first, second] = [place(500_000, 5_000_000), place(499_700, 5_000_200)]
    expect(sharedGrids([first, second])).toEqual([
      {
        georeference: { crs: 'EPSG:32633', transform: [499_700, 10, 0, 5_000_200, 0, -10], geoKeys: null },
        width: 130,
        height: 70,
        members: [
          { place: first, window: at(30, 20, 100, 50) },
          { place: second, window: at(0, 0, 100, 50) },
        ],
      },
    ])
  })

  test.each([
    ['half a pixel beside it', place(500_005, 5_000_000)],
    ['pixels of another size', place(500_000, 5_000_000, { side: 20 })],
    ['pixels a little larger', place(500_000, 5_000_000, { side: 10.002 })],
    ['another system', place(500_000, 5_000_000, { crs: 'EPSG:32634' })],
    ['a turned grid', place(500_000, 5_000_000, { turn: 1 })],
    ['no place', { georeference: null, width: 100, height: 50 }],
  ])('do not have %s', (_, other) => {
    const grids = sharedGrids([place(500_000, 5_000_000), other])
    expect(grids.map(({ members }) => members.map(({ place }) => place))).toEqual([
      [place(500_000, 5_000_000)],
      [other],
    ])
    expect(grids[1]!.georeference).toEqual(other.georeference)
  })
})
