import { expect, test } from 'vitest'
import { defaultTiling, tiledProbability, tileGrid } from './tiledProbability'

/** A "network" whose probability is the pixel's own first band: tiling must give the raster back. */
const firstBand = async (pixels: Float32Array, width: number, height: number) =>
  Float32Array.from({ length: width * height }, (_, i) => pixels[i * 2]!)

const raster = (width: number, height: number) =>
  Float32Array.from({ length: width * height * 2 }, (_, i) => (i % 2 === 0 ? (i / 2) % 97 : -1))

test('a raster within one tile is predicted in one pass, untouched', async () => {
  const pixels = raster(128, 128)
  const seen: number[][] = []
  await tiledProbability(pixels, 128, 128, defaultTiling, async (given, width, height) => {
    expect(given).toBe(pixels)
    seen.push([width, height])
    return firstBand(given, width, height)
  })
  expect(seen).toEqual([[128, 128]])
})

test.each([
  [300, 70],
  [97, 205],
  [33, 500],
  [20, 7],
  [31, 90],
])('%i x %i comes back pixel by pixel', async (width, height) => {
  const options = { tile: 64, overlap: 16 }
  const pixels = raster(width, height)
  const calls: [number, number][] = []
  const probability = await tiledProbability(pixels, width, height, options, (given, w, h) => {
    calls.push([w, h])
    return firstBand(given, w, h)
  })
  const expected = await firstBand(pixels, width, height)
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(probability[i]! - expected[i]!)).toBeLessThan(1e-4)
  for (const [w, h] of calls) {
    expect(Math.min(w, h)).toBeGreaterThanOrEqual(32)
    expect(Math.max(w, h)).toBeLessThanOrEqual(64)
  }
})

test('where two tiles disagree the seam is a ramp, not a step', async () => {
  let call = 0
  const result = await tiledProbability(
    new Float32Array(96 * 32),
    96,
    32,
    { tile: 64, overlap: 32 },
    async (_, w, h) => new Float32Array(w * h).fill(call++),
  )
  const row = Array.from(result.slice(0, 96))
  expect(row[0]).toBe(0)
  expect(row[95]).toBe(1)
  for (let i = 1; i < 96; i++) expect(row[i]! - row[i - 1]!).toBeLessThan(0.05)
})

test('neighbouring tiles share at least the overlap and reach the far edge', () => {
  const tiles = tileGrid(1000, 64, 256, 32)
  for (let i = 1; i < tiles.length; i++) {
    expect(tiles[i]!.column - tiles[i - 1]!.column).toBeLessThanOrEqual(256 - 32)
  }
  expect(tiles.at(-1)!.column + 256).toBe(1000)
  expect(() => tileGrid(10, 10, 32, 32)).toThrow(RangeError)
})
