import { describe, expect, it } from 'vitest'
import type { Polygon } from '../scenes/polygons'
import { checkPolygons } from './checkPolygons'

/** Counter-clockwise on a map whose rows run south. */
const box = (x0: number, y0: number, x1: number, y1: number) => [x0, y0, x0, y1, x1, y1, x1, y0]
const hole = (x0: number, y0: number, x1: number, y1: number) => [x0, y0, x1, y0, x1, y1, x0, y1]

const whats = (polygons: Polygon[]) => [...new Set(checkPolygons(polygons).map(({ what }) => what))]

describe('validity of polygons', () => {
  it.each<[string, Polygon[]]>([
    ['a box', [[box(0, 0, 4, 4)]]],
    ['a box with two holes', [[box(0, 0, 9, 9), hole(1, 1, 3, 3), hole(5, 5, 8, 8)]]],
    [
      'a hole that touches the outside',
      [
        [
          [0, 0, 0, 4, 4, 4, 4, 2, 4, 0],
          [4, 2, 3, 3, 2, 2, 3, 1],
        ],
      ],
    ],
    ['boxes that touch in a corner', [[box(0, 0, 2, 2)], [box(2, 2, 4, 4)]]],
    [
      'boxes that touch in two corners',
      [[[0, 0, 0, 2, 2, 2, 4, 2, 4, 0, 2, 1]], [[2, 2, 2, 5, 4, 5, 4, 2, 3, 4]]],
    ],
    ['a box in a hole', [[box(0, 0, 9, 9), hole(1, 1, 8, 8)], [box(2, 2, 5, 5)]]],
    ['slanted edges', [[[0, 0, 3, 9, 7, 2]]]],
  ])('takes %s', (_, polygons) => {
    expect(checkPolygons(polygons)).toEqual([])
  })

  it.each<[string, Polygon[], string]>([
    ['a line', [[[0, 0, 4, 4]]], 'a ring has fewer than three corners'],
    ['a line there and back', [[[0, 0, 4, 4, 2, 2]]], 'a ring has no area, or runs the wrong way'],
    ['an outside the wrong way round', [[hole(0, 0, 4, 4)]], 'a ring has no area, or runs the wrong way'],
    [
      'a hole the wrong way round',
      [[box(0, 0, 4, 4), box(1, 1, 2, 2)]],
      'a ring has no area, or runs the wrong way',
    ],
    ['a bow tie', [[[0, 0, 0, 6, 4, 0, 4, 4]]], 'edges cross or lie on each other'],
    [
      'a ring that meets itself',
      [[[0, 0, 0, 2, 2, 2, 2, 4, 4, 4, 4, 2, 2, 2, 2, 0]]],
      'a corner comes twice',
    ],
    ['an edge along another', [[box(0, 0, 4, 4), hole(0, 1, 2, 2)]], 'edges cross or lie on each other'],
    ['a corner on an edge', [[box(0, 0, 4, 4), [0, 2, 2, 1, 2, 3]]], 'a corner lies on an edge'],
    [
      'a chain of holes across',
      [
        [
          [0, 0, 0, 2, 0, 4, 4, 4, 4, 2, 4, 0],
          [0, 2, 1, 1, 4, 2, 1, 3],
        ],
      ],
      'the inside is cut in two',
    ],
    ['a hole outside', [[box(0, 0, 4, 4), hole(6, 1, 7, 2)]], 'a hole lies outside its polygon'],
    [
      'a hole in a hole',
      [[box(0, 0, 9, 9), hole(1, 1, 8, 8), hole(3, 3, 5, 5)]],
      'a hole lies outside its polygon',
    ],
    ['a polygon in another', [[box(0, 0, 9, 9)], [box(2, 2, 5, 5)]], 'polygons lie in each other'],
    ['polygons that overlap', [[box(0, 0, 4, 4)], [box(2, 2, 6, 6)]], 'edges cross or lie on each other'],
    [
      'polygons that cross in corners only',
      [[[0, 0, 0, 4, 4, 4, 4, 3, 4, 1, 4, 0]], [[4, 1, 2, 2, 4, 3, 6, 2]]],
      'rings cross in a corner',
    ],
    [
      'a hole that crosses the outside in corners',
      [
        [
          [0, 0, 0, 4, 4, 4, 4, 3, 4, 1, 4, 0],
          [4, 1, 6, 2, 4, 3, 2, 2],
        ],
      ],
      'rings cross in a corner',
    ],
  ])('refuses %s', (_, polygons, what) => {
    expect(whats(polygons)).toContain(what)
  })
})
