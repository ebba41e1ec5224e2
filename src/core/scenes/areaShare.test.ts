import { expect, test } from 'vitest'
import { areaShare } from './areaShare'
import { areaMask } from './polygons'
import type { SceneRecord } from './sceneRecord'

const window = { column: 1000, row: 500, width: 4000, height: 3000 }

const scene = (polygons: number[][][] | null) =>
  ({ window, area: polygons && { name: 'a', polygons } }) as unknown as SceneRecord

const half = { column: 1000, row: 500, width: 2000, height: 3000 }

test('of a whole scene it is exact', () => {
  expect(areaShare(scene(null), [half, { ...half, column: 3000, width: 500 }])).toBe(0.625)
  expect(areaShare(scene(null), [])).toBe(0)
})

test('of an area it is close to what its pixels give, and all cells are the whole', () => {
  const polygons = [
    [
      [1200, 600, 4700, 900, 2300, 3400],
      [2000, 1200, 2900, 1300, 2400, 2000],
    ],
  ]
  const area = scene(polygons)
  const count = (of: typeof window) => areaMask(polygons)(of).reduce((sum, value) => sum + value, 0)
  expect(areaShare(area, [half])).toBeCloseTo(count(half) / count(window), 2)
  const cells = [0, 1, 2, 3, 4, 5].flatMap(i =>
    [0, 1, 2].map(j => ({
      column: 1000 + i * 667,
      row: 500 + j * 1000,
      width: i < 5 ? 667 : 665,
      height: 1000,
    })),
  )
  expect(areaShare(area, cells)).toBe(1)
})

test('of an area smaller than what is compared, any cell that leaves is all', () => {
  const tiny = scene([[[1001, 501, 1002, 501, 1002, 502]]])
  expect(areaShare(tiny, [half])).toBe(1)
  expect(areaShare(tiny, [])).toBe(0)
})
