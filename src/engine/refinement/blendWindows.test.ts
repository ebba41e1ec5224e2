import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PixelWindow } from '../../core/raster/rasterSource'
import {
  blendedMap,
  blendWindows,
  fitsOneWindow,
  insidePart,
  mirrorEdges,
  windowingFor,
  windowsOf,
} from './blendWindows'

const SMALL = windowingFor(1, 64)

/** A raster whose pixel says where it is: column + 1000 * row. */
const placeAt = (column: number, row: number) => column + 1000 * row

/** The window's part of that raster, mirrored where it reaches over the edge. */
function read(window: PixelWindow, raster: { width: number; height: number }): Float32Array {
  const inside = insidePart(window, raster)
  const part = Float32Array.from({ length: inside.width * inside.height }, (_, i) =>
    placeAt(inside.column + (i % inside.width), inside.row + Math.floor(i / inside.width)),
  )
  return mirrorEdges(part, inside, window, 1)
}

test('windows are three quarters of a window apart and cropped by a sixteenth, smaller where they are enlarged', () => {
  expect(windowingFor(1)).toEqual({ size: 256, stride: 192, crop: 16 })
  expect(windowingFor(2)).toEqual({ size: 256, stride: 192, crop: 16 })
  expect(windowingFor(2.5)).toEqual({ size: 192, stride: 144, crop: 12 })
  expect(windowingFor(4)).toEqual({ size: 128, stride: 96, crop: 8 })
  expect(windowingFor(100)).toEqual({ size: 64, stride: 48, crop: 4 })
})

test('only a raster that is no larger than a window and no smaller than networks take is predicted as it is', () => {
  const fits = (width: number, height: number) => fitsOneWindow(width, height, SMALL)
  expect([fits(64, 32), fits(65, 32), fits(31, 64), fits(64, 65)]).toEqual([true, false, false, false])
})

test('a network that gives back its input gives back the raster, of any size', async () => {
  const sizes = fc.record({
    width: fc.integer({ min: 1, max: 260 }),
    height: fc.integer({ min: 1, max: 260 }),
  })
  await fc.assert(
    fc.asyncProperty(sizes, async raster => {
      const sides = new Set<number>()
      const result = await blendedMap(raster, SMALL, async window => {
        sides.add(window.width).add(window.height)
        return read(window, raster)
      })
      for (let i = 0; i < result.length; i++) {
        const expected = placeAt(i % raster.width, Math.floor(i / raster.width))
        if (Math.abs(result[i]! - expected) > expected * 1e-6 + 1e-6) return false
      }
      return [...sides].every(side => side >= 32 && side <= 64)
    }),
    { numRuns: 60, seed: 1 },
  )
})

test('where two windows disagree the seam is a ramp over what both see, not a step', async () => {
  const raster = { width: 112, height: 40 }
  let call = 0
  const result = await blendedMap(raster, SMALL, async ({ width, height }) =>
    new Float32Array(width * height).fill(call++),
  )
  expect(call).toBe(2)
  const row = [...result.subarray(0, 112)]
  // The second window begins at 48; both are cropped by 4, so that pixels 52 to 59 lie in both.
  expect(row.slice(0, 52)).toEqual(new Array(52).fill(0))
  expect(row.slice(60)).toEqual(new Array(52).fill(1))
  for (let i = 52; i < 60; i++) expect(row[i]!).toBeGreaterThan(row[i - 1]!)
  expect(row[52]! + row[59]!).toBeCloseTo(1, 6)
})

test('the weight is the square of a sine over what is not cropped, of both axes', async () => {
  const raster = { width: 112, height: 112 }
  let call = 0
  const result = await blendedMap(raster, SMALL, async ({ width, height }) =>
    new Float32Array(width * height).fill(++call),
  )
  const hann = (place: number) => Math.sin((Math.PI * (place + 0.5)) / 56) ** 2
  // Pixel 54 is at 50 of the first window's 56 and at 2 of the second's, on both axes.
  const [first, second] = [hann(50), hann(2)]
  const shares = [first * first, second * first, first * second, second * second]
  const expected = shares.reduce((sum, share, i) => sum + share * (i + 1), 0) / (first + second) ** 2
  expect(result[54 * 112 + 54]).toBeCloseTo(expected, 5)
})

test('rows come once, in order, as soon as no later window reaches them; empty windows give NaN', async () => {
  const raster = { width: 150, height: 170 }
  const log: string[] = []
  const seen: [number, number][] = []
  const rows = blendWindows(
    raster,
    SMALL,
    2,
    async ({ column, row, width, height }) => {
      log.push(`${column},${row}`)
      if (column === 0) return null
      return [new Float32Array(width * height).fill(1), new Float32Array(width * height).fill(2)]
    },
    (done, total) => seen.push([done, total]),
  )
  for await (const { top, count, maps } of rows) {
    log.push(`rows ${top} to ${top + count - 1}`)
    expect(maps.map(map => map.length)).toEqual([count * 150, count * 150])
    // The second window begins at 48 and is cropped by 4.
    expect([...maps[0]!.subarray(51, 53)]).toEqual([Number.NaN, 1])
    expect([...maps[1]!.subarray(51, 53)]).toEqual([Number.NaN, 2])
  }
  expect(log).toEqual([
    ...['0,0', '48,0', '86,0'],
    'rows 0 to 47',
    ...['0,48', '48,48', '86,48'],
    'rows 48 to 95',
    ...['0,96', '48,96', '86,96'],
    'rows 96 to 105',
    ...['0,106', '48,106', '86,106'],
    'rows 106 to 169',
  ])
  expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => [i + 1, 12]))
  expect(windowsOf(raster, SMALL).map(({ column, row }) => `${column},${row}`)).toEqual(
    log.filter(line => line.includes(',')),
  )
})

test('a raster that is smaller than networks take is mirrored at its right and lower edge', () => {
  const raster = { width: 3, height: 1 }
  const window = { column: 0, row: 0, width: 6, height: 2 }
  expect([...read(window, raster)]).toEqual([0, 1, 2, 1, 0, 1, 0, 1, 2, 1, 0, 1])
})
