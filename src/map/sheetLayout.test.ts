import { expect, test } from 'vitest'
import { cellsOfRows, layoutSheet, moveOnSheet, rowCount } from './sheetLayout'

const square = { width: 128, height: 128 }
const strip = { width: 384, height: 128 }
const measure = { width: 320, pictureHeight: 100, gap: 10, minimumWidth: 60 }

test('squares fill rows and a strip appears three times as wide, in proportion', () => {
  const { cells, rowStarts } = layoutSheet([square, square, strip, square], measure)
  expect(cells.map(cell => [cell.row, cell.left, cell.width])).toEqual([
    [0, 0, 100],
    [0, 110, 100],
    [1, 0, 300],
    [2, 0, 100],
  ])
  expect(rowStarts).toEqual([0, 2, 3, 4])
})

test('a raster wider than the sheet takes a row of its own, a narrow one keeps room for its caption', () => {
  const { cells } = layoutSheet(
    [
      { width: 2048, height: 128 },
      { width: 10, height: 128 },
    ],
    measure,
  )
  expect(cells.map(cell => cell.width)).toEqual([320, 60])
  expect(cells[1]?.row).toBe(1)
})

test('only the rows asked for are given, and none beyond the end', () => {
  const layout = layoutSheet(
    Array.from({ length: 3800 }, () => square),
    measure,
  )
  // Two squares and their gap fit twice in 320, three need 320 exactly.
  expect(rowCount(layout)).toBe(Math.ceil(3800 / 3))
  expect(cellsOfRows(layout, 10, 12).map(cell => cell.index)).toEqual([30, 31, 32, 33, 34, 35])
  expect(cellsOfRows(layout, 1266, 1300).map(cell => cell.index)).toEqual([3798, 3799])
  expect(cellsOfRows(layoutSheet([], measure), 0, 5)).toEqual([])
})

test('arrows go to the neighbour, and between rows to the nearest above and below', () => {
  const layout = layoutSheet([square, square, square, strip, square, square, square], measure)
  expect(moveOnSheet(layout, 0, 'left', 2)).toBe(0)
  expect(moveOnSheet(layout, 2, 'right', 2)).toBe(3)
  expect(moveOnSheet(layout, 2, 'down', 2)).toBe(3)
  expect(moveOnSheet(layout, 3, 'up', 2)).toBe(1)
  expect(moveOnSheet(layout, 3, 'down', 2)).toBe(5)
  expect(moveOnSheet(layout, 5, 'down', 2)).toBe(5)
  expect(moveOnSheet(layout, 1, 'page-down', 2)).toBe(5)
  expect(moveOnSheet(layout, 6, 'start', 2)).toBe(0)
  expect(moveOnSheet(layout, 0, 'end', 2)).toBe(6)
})

test('with nothing selected every key leads to the first cell', () => {
  expect(moveOnSheet(layoutSheet([square], measure), -1, 'down', 2)).toBe(0)
})
