import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { brushSpans, floodFill, type PixelPoint, polygonSpans, spanPixels, spanWindow } from './pixelSpans'

describe('brush spans', () => {
  const at = (column: number, row: number) => ({ column, row })
  const count = (mask: Uint8Array) => mask.reduce((sum, value) => sum + value, 0)

  function painted(width: number, height: number, from: PixelPoint, to: PixelPoint, radius: number) {
    const mask = new Uint8Array(width * height)
    const { starts, lengths } = brushSpans(width, height, from, to, radius)
    for (const [run, start] of starts.entries()) mask.fill(1, start, start + lengths[run]!)
    return mask
  }

  test('the painted area is that of the cursor', () => {
    const mask = painted(100, 100, at(50, 50), at(50, 50), 10)
    expect(Math.abs(count(mask) - Math.PI * 100)).toBeLessThan(10)
    expect(mask[50 * 100 + 59]).toBe(1)
    expect(mask[50 * 100 + 60]).toBe(0)
  })

  test('the smallest brush paints the pixel under the pointer, wherever in it the pointer stands', () => {
    const inside = fc.double({ min: 0, max: 7.99, noNaN: true })
    fc.assert(
      fc.property(inside, inside, (x, y) => {
        const mask = painted(8, 8, at(x, y), at(x, y), 0.5)
        expect(mask[Math.floor(y) * 8 + Math.floor(x)]).toBe(1)
        expect(count(mask)).toBeLessThanOrEqual(3)
      }),
    )
  })

  /** Every pixel asked by itself. */
  function oracle(side: number, from: PixelPoint, to: PixelPoint, radius: number): Uint8Array {
    const mask = new Uint8Array(side * side)
    const [dx, dy] = [to.column - from.column, to.row - from.row]
    const reach = Math.max(0.5, radius)
    for (let index = 0; index < mask.length; index++) {
      const x = (index % side) + 0.5 - from.column
      const y = Math.floor(index / side) + 0.5 - from.row
      const squared = dx * dx + dy * dy
      const along = squared > 0 ? Math.min(1, Math.max(0, (x * dx + y * dy) / squared)) : 0
      if ((x - along * dx) ** 2 + (y - along * dy) ** 2 <= reach * reach) mask[index] = 1
    }
    for (const { column, row } of [from, to]) {
      if (column < 0 || row < 0 || column >= side || row >= side) continue
      mask[Math.floor(row) * side + Math.floor(column)] = 1
    }
    return mask
  }

  test('a segment covers exactly the pixels near its line, inside the raster and inside its window', () => {
    const place = fc.double({ min: -20, max: 36, noNaN: true })
    const radius = fc.double({ min: 0, max: 9, noNaN: true })
    fc.assert(
      fc.property(place, place, place, place, radius, (a, b, c, d, r) => {
        const wanted = oracle(16, at(a, b), at(c, d), r)
        expect(painted(16, 16, at(a, b), at(c, d), r)).toEqual(wanted)
        const window = spanWindow(brushSpans(16, 16, at(a, b), at(c, d), r), 16)
        wanted.forEach((value, index) => {
          if (value === 0) return
          expect(index % 16).toBeGreaterThanOrEqual(window!.column)
          expect(index % 16).toBeLessThan(window!.column + window!.width)
          expect(Math.floor(index / 16)).toBeGreaterThanOrEqual(window!.row)
          expect(Math.floor(index / 16)).toBeLessThan(window!.row + window!.height)
        })
      }),
    )
    expect(spanWindow(brushSpans(2, 2, at(-9, -9), at(-8, -9), 1), 2)).toBeNull()
  })
})

describe('flood fill', () => {
  /** One neighbour after the other. */
  function oracle(width: number, height: number, start: number, belongs: (index: number) => boolean) {
    const found = new Set<number>()
    const queue = [start]
    while (queue.length > 0) {
      const index = queue.pop()!
      if (found.has(index) || !belongs(index)) continue
      found.add(index)
      const column = index % width
      if (column > 0) queue.push(index - 1)
      if (column < width - 1) queue.push(index + 1)
      if (index >= width) queue.push(index - width)
      if (index < width * (height - 1)) queue.push(index + width)
    }
    return found
  }

  test('finds exactly what is connected through edges, each pixel once', () => {
    const raster = fc
      .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 14 }))
      .chain(([width, height]) =>
        fc.tuple(
          fc.constant(width),
          fc.constant(height),
          fc.array(fc.integer({ min: 0, max: 2 }), { minLength: width * height, maxLength: width * height }),
          fc.nat(width * height - 1),
        ),
      )
    fc.assert(
      fc.property(raster, ([width, height, values, start]) => {
        const belongs = (index: number) => values[index] !== 0
        const column = start % width
        const spans = floodFill(width, height, { column, row: Math.floor(start / width) }, belongs)
        const found = new Set<number>()
        spans.starts.forEach((first, run) => {
          for (let index = first; index < first + spans.lengths[run]!; index++) found.add(index)
        })
        expect(found).toEqual(oracle(width, height, start, belongs))
        expect(spanPixels(spans)).toBe(found.size)
      }),
    )
  })

  test('stops behind the run that reaches the most pixels asked for', () => {
    const filled = (most?: number) => spanPixels(floodFill(5, 4, { column: 2, row: 1 }, () => true, most))
    expect([1, 5, 6, 20, undefined].map(filled)).toEqual([5, 5, 10, 20, 20])
    expect(filled(0)).toBe(0)
  })

  test.each([
    [-1, 0],
    [0, -1],
    [4, 0],
    [0, 3],
  ])('nothing from column %i, row %i of 4 x 3', (column, row) => {
    expect(floodFill(4, 3, { column, row }, () => true)).toEqual({ starts: [], lengths: [] })
  })

  test('fills a whole large raster without running out of stack, and nothing from outside it', () => {
    expect(spanPixels(floodFill(1024, 1024, { column: 5, row: 900 }, () => true))).toBe(1024 * 1024)
    expect(spanPixels(floodFill(4, 4, { column: 4, row: 0 }, () => true))).toBe(0)
  })
})

describe('polygon spans', () => {
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

  test('three points enclose a triangle, to the edge of the raster', () => {
    const corner = [
      { column: -5, row: -5 },
      { column: 50, row: -5 },
      { column: -5, row: 50 },
    ]
    expect(polygonSpans(corner, 4, 3)).toEqual({ starts: [0, 4, 8], lengths: [4, 4, 4] })
    const square = [1, 2].flatMap(row => [
      { column: row === 1 ? 1 : 3, row },
      { column: row === 1 ? 3 : 1, row },
    ])
    expect(polygonSpans(square, 4, 3)).toEqual({ starts: [5], lengths: [2] })
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
})
