import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sampleWindows } from './sampleScene'

test('a small scene is sampled whole', () => {
  const windows = sampleWindows({ width: 300, height: 130 })
  expect(windows.map(({ column, row, width, height }) => [column, row, width, height])).toEqual([
    [0, 0, 128, 128],
    [128, 0, 128, 128],
    [256, 0, 44, 128],
    [0, 128, 128, 2],
    [128, 128, 128, 2],
    [256, 128, 44, 2],
  ])
})

test('a full product has 64 samples at 16 spots', () => {
  const windows = sampleWindows({ width: 10_980, height: 10_980 })
  expect(windows).toHaveLength(64)
  expect(new Set(windows.map(({ column }) => column)).size).toBe(8)
  expect(windows.every(({ width, height }) => width === 128 && height === 128)).toBe(true)
})

test('samples lie in the scene, never on one another, and there are at most 64', () => {
  const size = fc.record({
    width: fc.integer({ min: 1, max: 12_000 }),
    height: fc.integer({ min: 1, max: 12_000 }),
  })
  fc.assert(
    fc.property(size, ({ width, height }) => {
      const windows = sampleWindows({ width, height })
      const overlap = windows.some((a, i) =>
        windows.some(
          (b, j) =>
            j > i &&
            a.column < b.column + b.width &&
            b.column < a.column + a.width &&
            a.row < b.row + b.height &&
            b.row < a.row + a.height,
        ),
      )
      const inside = windows.every(
        w =>
          w.column >= 0 &&
          w.row >= 0 &&
          w.width > 0 &&
          w.height > 0 &&
          w.column + w.width <= width &&
          w.row + w.height <= height,
      )
      return windows.length > 0 && windows.length <= 64 && inside && !overlap
    }),
    { numRuns: 300, seed: 1 },
  )
})
