import fc from 'fast-check'
import { expect, test } from 'vitest'
import { floodFill } from './floodFill'
import { spanPixels } from './pixelSpans'

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

test('fills a whole large raster without running out of stack, and nothing from outside it', () => {
  expect(spanPixels(floodFill(1024, 1024, { column: 5, row: 900 }, () => true))).toBe(1024 * 1024)
  expect(spanPixels(floodFill(4, 4, { column: 4, row: 0 }, () => true))).toBe(0)
})
