import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutScene } from '../scenes/cells'
import { splitSpans } from './cellSpans'
import { brushSpans, type PixelSpans, polygonSpans } from './pixelSpans'

const WIDTH = 1100
const HEIGHT = 700

function painted(mask: Uint8Array, { starts, lengths }: PixelSpans): Uint8Array {
  for (const [run, start] of starts.entries()) mask.fill(1, start, start + lengths[run]!)
  return mask
}

/** The raster that painted cells make. */
function joined(
  cells: readonly { window: { column: number; row: number; width: number; height: number } }[],
) {
  return (parts: Map<(typeof cells)[number], PixelSpans>) => {
    const whole = new Uint8Array(WIDTH * HEIGHT)
    for (const [{ window }, spans] of parts) {
      const mask = painted(new Uint8Array(window.width * window.height), spans)
      for (let row = 0; row < window.height; row++) {
        const line = mask.subarray(row * window.width, (row + 1) * window.width)
        whole.set(line, (window.row + row) * WIDTH + window.column)
      }
    }
    return whole
  }
}

test('what is painted on cells is what would be painted on the whole', async () => {
  const cells = (await cutScene({ width: WIDTH, height: HEIGHT })).filter(({ kind }) => kind === 'cell')
  expect(cells.length).toBe(6)
  const join = joined(cells)
  const point = fc.record({
    column: fc.double({ min: -30, max: WIDTH + 30, noNaN: true }),
    row: fc.double({ min: -30, max: HEIGHT + 30, noNaN: true }),
  })
  fc.assert(
    fc.property(point, point, point, fc.double({ min: 0, max: 60, noNaN: true }), (a, b, c, radius) => {
      for (const spans of [brushSpans(WIDTH, HEIGHT, a, b, radius), polygonSpans([a, b, c], WIDTH, HEIGHT)]) {
        const whole = painted(new Uint8Array(WIDTH * HEIGHT), spans)
        expect(Buffer.compare(join(splitSpans(spans, WIDTH, cells)), whole)).toBe(0)
      }
    }),
    { numRuns: 40 },
  )
})

test('pixels that no cell holds are left out, and so are cells that get none', async () => {
  const bounds = { column: 100, row: 100, width: 600, height: 200 }
  const pieces = await cutScene({ width: WIDTH, height: HEIGHT, bounds })
  const cells = pieces.filter(({ kind }) => kind === 'cell')
  const row = { starts: [150 * WIDTH], lengths: [WIDTH] }
  const parts = splitSpans(row, WIDTH, cells)
  expect([...parts].map(([{ id }, spans]) => [id, spans])).toEqual([
    ['r01c01', { starts: [50 * 300], lengths: [300] }],
    ['r01c02', { starts: [50 * 300], lengths: [300] }],
  ])
  expect(splitSpans({ starts: [0], lengths: [WIDTH] }, WIDTH, cells).size).toBe(0)
  const inFirst = splitSpans({ starts: [150 * WIDTH + 120], lengths: [3] }, WIDTH, cells)
  expect([...inFirst.keys()].map(({ id }) => id)).toEqual(['r01c01'])
})
