import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Components, forEachPixel, labelComponents } from './components'

/** The plain way: flood from every pixel not yet reached, in reading order. */
function flooded(mask: Uint8Array, width: number, height: number): Int32Array {
  const labels = new Int32Array(mask.length)
  let number = 0
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] !== 1 || labels[start] !== 0) continue
    number++
    const stack = [start]
    labels[start] = number
    while (stack.length > 0) {
      const at = stack.pop()!
      const [column, row] = [at % width, Math.floor(at / width)]
      for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++) {
        for (let c = Math.max(0, column - 1); c <= Math.min(width - 1, column + 1); c++) {
          const next = r * width + c
          if (mask[next] !== 1 || labels[next] !== 0) continue
          labels[next] = number
          stack.push(next)
        }
      }
    }
  }
  return labels
}

const masks = fc
  .tuple(fc.integer({ min: 1, max: 17 }), fc.integer({ min: 1, max: 17 }), fc.integer({ min: 1, max: 3 }))
  .chain(([width, height, density]) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      mask: fc.uint8Array({ minLength: width * height, maxLength: width * height }).map(bytes =>
        // 255 now and then: it separates like background.
        bytes.map(byte => (byte < 16 ? 255 : byte < 16 + density * 60 ? 1 : 0)),
      ),
    }),
  )

test('components are those of a flood fill, numbered in reading order', () => {
  fc.assert(
    fc.property(masks, ({ mask, width, height }) => {
      const found = labelComponents(mask, width, height)
      const expected = flooded(mask, width, height)
      expect(found.labels).toEqual(expected)
      expect(found.count).toBe(expected.reduce((most, label) => Math.max(most, label), 0))
    }),
    { numRuns: 300 },
  )
})

test('areas and windows are those of the pixels, and every pixel is visited once', () => {
  fc.assert(
    fc.property(masks, ({ mask, width, height }) => {
      const found = labelComponents(mask, width, height)
      for (let number = 1; number <= found.count; number++) expectWhole(found, number)
    }),
  )
})

function expectWhole(components: Components, number: number): void {
  const { labels, areas, windows, width } = components
  const wanted = [...labels.keys()].filter(index => labels[index] === number)
  const visited: number[] = []
  forEachPixel(components, number, index => visited.push(index))
  expect(visited).toEqual(wanted)
  expect(areas[number - 1]).toBe(wanted.length)
  const columns = wanted.map(index => index % width)
  const rows = wanted.map(index => Math.floor(index / width))
  const [left, top] = [Math.min(...columns), Math.min(...rows)]
  expect(windows[number - 1]).toEqual({
    column: left,
    row: top,
    width: Math.max(...columns) - left + 1,
    height: Math.max(...rows) - top + 1,
  })
}

test('a corner joins, the end of a row and the start of the next do not', () => {
  const mask = Uint8Array.of(0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0)
  expect([...labelComponents(mask, 4, 3).labels]).toEqual([0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0, 0])
})

test('a mask of another size, and a landslide that is not there, are refused', () => {
  expect(() => labelComponents(new Uint8Array(5), 2, 3)).toThrowError(
    expect.objectContaining({ code: 'shape-mismatch', message: 'A mask of 5 pixels is not 2 x 3.' }),
  )
  const one = labelComponents(Uint8Array.of(1, 0), 2, 1)
  for (const number of [0, 2]) {
    expect(() => forEachPixel(one, number, () => {})).toThrowError(
      expect.objectContaining({
        code: 'bad-argument',
        message: `There is no landslide ${number} on this mask.`,
      }),
    )
  }
})

test('thousands of landslides, and many arms of one, keep their numbers', () => {
  const [width, height] = [3000, 3]
  const comb = Uint8Array.from({ length: width * height }, (_, at) => (at % 2 === 0 && at < width ? 1 : 0))
  expect(labelComponents(comb, width, height).labels).toEqual(flooded(comb, width, height))
  expect(labelComponents(comb, width, height).count).toBe(1500)
  comb.fill(1, 2 * width)
  for (let at = width; at < 2 * width; at += 2) comb[at] = 1
  expect(labelComponents(comb, width, height)).toMatchObject({
    count: 1,
    areas: Uint32Array.of(1500 + 1500 + 3000),
    windows: [{ column: 0, row: 0, width, height }],
  })
})

test('time grows with the pixels and not faster: empty rows are not searched again and again', () => {
  /** Of the processor, not of the clock: another program beside the tests does not count. */
  const milliseconds = (side: number) => {
    const corners = new Uint8Array(side * side)
    corners[0] = 1
    corners[side * side - 1] = 1
    const begin = process.cpuUsage()
    expect(labelComponents(corners, side, side).count).toBe(2)
    const { user, system } = process.cpuUsage(begin)
    return (user + system) / 1000
  }
  milliseconds(64)
  // 6 ms on an idle machine; searching on from every empty row to the last pixel takes seconds.
  expect(milliseconds(4096)).toBeLessThan(1000)
})
