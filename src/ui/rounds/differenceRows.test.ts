import { expect, test } from 'vitest'
import { differenceRows } from './differenceRows'

const patch = (patchId: string, gained: number, lost: number, pixelArea: number | null = null) => ({
  patchId,
  name: patchId,
  between: { gained, lost, compared: 1000 },
  against: null,
  pixelArea,
})

test('most changed first, with the area of what changed where the size of a pixel is known', () => {
  const rows = differenceRows([patch('a', 1, 2), patch('b', 1200, 0, 1e-4), patch('c', 0, 0)], 'between')
  expect(rows.map(row => [row.patchId, row.gained, row.area, row.share])).toEqual([
    ['b', '1,200', '0.120', '120 %'],
    ['a', '1', '–', '0.30 %'],
    ['c', '0', '–', '0 %'],
  ])
  expect(differenceRows([patch('a', 1, 2)], 'against')).toEqual([])
})
