import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PixelWindow } from '../raster/rasterSource'
import { CELL_SIDE, cutScene, MARGIN_SIDE, type ScenePiece } from './cells'

/** A scene, bounds within it, and a rectangle within those that is the area. */
const areas = fc
  .record({ width: fc.integer({ min: 1, max: 2500 }), height: fc.integer({ min: 1, max: 2500 }) })
  .chain(scene => {
    const within = ({ column, row, width, height }: PixelWindow) =>
      fc
        .tuple(fc.nat(width - 1), fc.nat(height - 1), fc.nat(width - 1), fc.nat(height - 1))
        .map(([a, b, c, d]) => ({
          column: column + Math.min(a, c),
          row: row + Math.min(b, d),
          width: Math.abs(a - c) + 1,
          height: Math.abs(b - d) + 1,
        }))
    return within({ column: 0, row: 0, ...scene }).chain(bounds =>
      within(bounds).map(area => ({ scene, bounds, area })),
    )
  })

const overlaps = (a: PixelWindow, b: PixelWindow) =>
  a.column < b.column + b.width &&
  b.column < a.column + a.width &&
  a.row < b.row + b.height &&
  b.row < a.row + a.height

const areaOf = (pieces: readonly ScenePiece[]) =>
  pieces.reduce((sum, { window }) => sum + window.width * window.height, 0)

describe('cutting a scene', () => {
  it('covers the whole scene exactly by cells that differ by a pixel at most', async () => {
    const cells = await cutScene({ width: 1098, height: 700 })
    expect(cells.map(({ id, kind, window }) => [id, kind, ...Object.values(window)])).toEqual([
      ['r00c00', 'cell', 0, 0, 366, 350],
      ['r00c01', 'cell', 366, 0, 366, 350],
      ['r00c02', 'cell', 732, 0, 366, 350],
      ['r01c00', 'cell', 0, 350, 366, 350],
      ['r01c01', 'cell', 366, 350, 366, 350],
      ['r01c02', 'cell', 732, 350, 366, 350],
    ])
  })

  it('keeps each pixel near the area once, and nothing that is far from it', async () => {
    await fc.assert(
      fc.asyncProperty(areas, async ({ scene, bounds, area }) => {
        const pieces = await cutScene({ ...scene, bounds, touches: window => overlaps(window, area) })
        for (const [i, { window, kind }] of pieces.entries()) {
          expect(Math.max(window.width, window.height)).toBeLessThanOrEqual(CELL_SIDE)
          expect(kind).toBe(
            overlaps(window, area) && overlaps(window, bounds) && inside(window, bounds) ? 'cell' : 'margin',
          )
          for (const other of pieces.slice(i + 1)) expect(overlaps(window, other.window)).toBe(false)
        }
        // What the networks' windows can see of the area, as far as the scene goes.
        const left = Math.max(0, area.column - MARGIN_SIDE)
        const top = Math.max(0, area.row - MARGIN_SIDE)
        const near = {
          column: left,
          row: top,
          width: Math.min(scene.width, area.column + area.width + MARGIN_SIDE) - left,
          height: Math.min(scene.height, area.row + area.height + MARGIN_SIDE) - top,
        }
        const covered = pieces.reduce((sum, { window }) => sum + shared(window, near), 0)
        expect(covered).toBe(near.width * near.height)
        const cells = pieces.filter(({ kind }) => kind === 'cell')
        expect(cells.reduce((sum, { window }) => sum + shared(window, area), 0)).toBe(
          area.width * area.height,
        )
        expect(new Set(pieces.map(({ id }) => id)).size).toBe(pieces.length)
        expect(areaOf(cells)).toBeLessThanOrEqual(bounds.width * bounds.height)
      }),
      { numRuns: 200 },
    )
  })

  it('ends when it is cancelled', async () => {
    const controller = new AbortController()
    controller.abort()
    const cut = cutScene({ width: 10_980, height: 10_980, signal: controller.signal })
    await expect(cut).rejects.toMatchObject({ code: 'aborted' })
  })
})

function inside(window: PixelWindow, bounds: PixelWindow): boolean {
  return shared(window, bounds) === window.width * window.height
}

/** Pixels that two windows share. */
function shared(a: PixelWindow, b: PixelWindow): number {
  const width = Math.min(a.column + a.width, b.column + b.width) - Math.max(a.column, b.column)
  const height = Math.min(a.row + a.height, b.row + b.height) - Math.max(a.row, b.row)
  return width > 0 && height > 0 ? width * height : 0
}
