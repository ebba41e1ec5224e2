import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Cell, cutCells } from './cells'

const sized = fc.record({
  width: fc.integer({ min: 1, max: 90 }),
  height: fc.integer({ min: 1, max: 90 }),
  side: fc.integer({ min: 1, max: 40 }),
  margin: fc.integer({ min: 0, max: 30 }),
  bounds: fc.option(
    fc.tuple(fc.nat(89), fc.nat(89), fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 })),
  ),
})

const opposite = {
  north: 'south',
  northEast: 'southWest',
  east: 'west',
  southEast: 'northWest',
  south: 'north',
  southWest: 'northEast',
  west: 'east',
  northWest: 'southEast',
} as const

describe('cells', () => {
  it('cover what is cut exactly, none over another, sides equal to within a pixel, for any size', async () => {
    await fc.assert(
      fc.asyncProperty(sized, async ({ width, height, side, margin, bounds: drawn }) => {
        const [column, row] = [Math.min(drawn?.[0] ?? 0, width - 1), Math.min(drawn?.[1] ?? 0, height - 1)]
        const bounds = drawn
          ? {
              column,
              row,
              width: Math.min(drawn[2], width - column),
              height: Math.min(drawn[3], height - row),
            }
          : undefined
        const cells = await cutCells({ width, height, side, margin, bounds })
        const times = new Uint8Array(width * height)
        for (const { window } of cells) {
          for (let y = window.row; y < window.row + window.height; y++) {
            for (let x = window.column; x < window.column + window.width; x++) times[y * width + x]!++
          }
        }
        const { column: left, row: top, ...size } = bounds ?? { column: 0, row: 0, width, height }
        times.forEach((count, i) => {
          const [x, y] = [i % width, Math.floor(i / width)]
          const isInside = x >= left && y >= top && x < left + size.width && y < top + size.height
          expect(count).toBe(isInside ? 1 : 0)
        })
        expect(cells).toHaveLength(Math.ceil(size.width / side) * Math.ceil(size.height / side))
        for (const length of ['width', 'height'] as const) {
          const sides = cells.map(({ window }) => window[length])
          expect(Math.max(...sides)).toBeLessThanOrEqual(side)
          expect(Math.max(...sides) - Math.min(...sides)).toBeLessThanOrEqual(1)
        }
        for (const { window, context } of cells) {
          expect(context.column).toBe(Math.max(0, window.column - margin))
          expect(context.column + context.width).toBe(Math.min(width, window.column + window.width + margin))
          expect(context.row).toBe(Math.max(0, window.row - margin))
          expect(context.row + context.height).toBe(Math.min(height, window.row + window.height + margin))
        }
      }),
      { numRuns: 40 },
    )
  })

  it('go in strips, know their neighbours, and are left out where nothing of them is used', async () => {
    const isUsed = ({ column, row }: { column: number; row: number }) => (column * 7 + row * 3) % 5 !== 0
    const cells = await cutCells({ width: 70, height: 45, side: 8, isUsed })
    const byId = new Map(cells.map(cell => [cell.id, cell]))
    expect(byId.size).toBe(cells.length)
    expect(cells.length).toBeLessThan(54)
    const order = cells.map(({ row, column }) => row * 100 + column)
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(cells.every(({ window }) => isUsed(window))).toBe(true)
    const touches = (a: Cell, b: Cell) =>
      a !== b && Math.abs(a.row - b.row) <= 1 && Math.abs(a.column - b.column) <= 1
    for (const cell of cells) {
      const expected = cells.filter(other => touches(cell, other)).map(({ id }) => id)
      expect(Object.values(cell.neighbours).sort()).toEqual(expected.sort())
      for (const [direction, id] of Object.entries(cell.neighbours)) {
        const back = opposite[direction as keyof typeof opposite]
        expect(byId.get(id)!.neighbours[back]).toBe(cell.id)
      }
    }
  })

  it('of a full tile are 22 x 22, each with its place in its name', async () => {
    const cells = await cutCells({ width: 10980, height: 10980 })
    expect([cells.length, cells[0]!.id, cells.at(-1)!.id]).toEqual([484, 'r00c00', 'r21c21'])
    expect(cells[23]).toMatchObject({
      id: 'r01c01',
      window: { column: 499, row: 499, width: 499, height: 499 },
      context: { column: 371, row: 371, width: 755, height: 755 },
      neighbours: { north: 'r00c01', southEast: 'r02c02' },
    })
  })

  it('stop when they are cancelled', async () => {
    const cancel = new AbortController()
    const cut = cutCells({
      width: 100,
      height: 100,
      side: 10,
      signal: cancel.signal,
      isUsed: ({ row }) => {
        if (row === 20) cancel.abort()
        return true
      },
    })
    await expect(cut).rejects.toMatchObject({ code: 'aborted' })
  })
})
