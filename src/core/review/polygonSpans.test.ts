import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PixelPoint } from './pixelPoint'
import { polygonSpans } from './polygonSpans'

const SIDE = 20

function filled(vertices: readonly PixelPoint[]): Uint8Array {
  const mask = new Uint8Array(SIDE * SIDE)
  const { starts, lengths } = polygonSpans(vertices, SIDE, SIDE)
  starts.forEach((start, run) => {
    expect(Math.floor(start / SIDE)).toBe(Math.floor((start + lengths[run]! - 1) / SIDE))
    for (let index = start; index < start + lengths[run]!; index++) mask[index]!++
  })
  return mask
}

/** Rays to the left, one a pixel centre. */
function isInside(vertices: readonly PixelPoint[], column: number, row: number): boolean {
  let inside = false
  vertices.forEach((a, index) => {
    const b = vertices[(index + 1) % vertices.length]!
    if (a.row <= row === b.row <= row) return
    if (a.column + ((row - a.row) / (b.row - a.row)) * (b.column - a.column) <= column) inside = !inside
  })
  return inside
}

const vertex = fc.record({
  column: fc.double({ min: -8, max: 28, noNaN: true }),
  row: fc.double({ min: -8, max: 28, noNaN: true }),
})

test('fills exactly the pixels whose centre a point-in-polygon test finds inside, each once', () => {
  fc.assert(
    fc.property(fc.array(vertex, { minLength: 3, maxLength: 12 }), vertices => {
      const wanted = Uint8Array.from({ length: SIDE * SIDE }, (_, index) =>
        isInside(vertices, (index % SIDE) + 0.5, Math.floor(index / SIDE) + 0.5) ? 1 : 0,
      )
      expect(filled(vertices)).toEqual(wanted)
    }),
  )
})

test('polygons with a common edge share no pixel and leave no gap', () => {
  fc.assert(
    fc.property(vertex, vertex, (a, b) => {
      const corner = { column: -10, row: -10 }
      const square = [corner, { column: 30, row: -10 }, { column: 30, row: 30 }, { column: -10, row: 30 }]
      fc.pre(a.column > b.column + 1)
      // The square cut in two along a line through a and b.
      const left = filled([square[0]!, a, b, square[3]!])
      const right = filled([square[0]!, a, b, square[3]!, square[2]!, square[1]!])
      expect(left.every((pixels, index) => (pixels + right[index]!) % 2 === 1)).toBe(true)
    }),
  )
})

test('two points enclose nothing', () => {
  expect(
    polygonSpans(
      [
        { column: 0, row: 0 },
        { column: 9, row: 9 },
      ],
      SIDE,
      SIDE,
    ).starts,
  ).toEqual([])
})
