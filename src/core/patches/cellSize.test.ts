import { expect, it } from 'vitest'
import { cellSize } from './cellSize'

const placed = (transform: [number, number, number, number, number, number]) =>
  cellSize({ crs: null, geoKeys: null, transform })

it('is the side of a pixel on the ground', () => {
  expect(placed([500_000, 20, 0, 4_000_000, 0, -20])).toBe(20)
  expect(placed([500_000, 0, 5, 4_000_000, 5, 0])).toBe(5)
})

it('turns degrees into metres at their latitude', () => {
  expect(placed([10, 1e-4, 0, 0, 0, -1e-4])).toBeCloseTo(11.12, 2)
  expect(placed([10, 2e-4, 0, 60, 0, -1e-4])).toBeCloseTo(11.12, 1)
})

it('is 10 m where nothing is known', () => {
  expect(cellSize(null)).toBe(10)
  expect(placed([0, 0, 0, 0, 0, 0])).toBe(10)
})
