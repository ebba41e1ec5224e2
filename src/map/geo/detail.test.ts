import { expect, test } from 'vitest'
import { detailedCount, gridOpacity, MOST_PICTURES } from './detail'

const rasters = (count: number, side: number) => new Array(count).fill({ width: side, height: side })

test('hundreds of patches are drawn at full detail, and as many scenes as there is memory for', () => {
  expect(detailedCount(rasters(196, 64))).toBe(196)
  expect(detailedCount(rasters(3800, 128))).toBe(MOST_PICTURES)
  expect(detailedCount(rasters(196, 5000))).toBe(61)
  expect(detailedCount([{ width: 1_000_000, height: 640 }])).toBe(1)
  expect(detailedCount([])).toBe(0)
})

test('the grid is thin and vanishes where rasters are small on screen', () => {
  expect(gridOpacity(4)).toBe(0)
  expect(gridOpacity(40)).toBeLessThan(50)
  expect(gridOpacity(1000)).toBe(80)
})
