import { expect, test } from 'vitest'
import {
  AGREES,
  againstVerdict,
  countDifference,
  GAINED,
  LANDSLIDE_ADDED_BY_ANALYST,
  LOST,
  maskDifference,
  NO_DATA,
  REMOVED_BY_ANALYST,
  UNCHANGED,
} from './maskDifference'

const before = Uint8Array.of(0, 0, 1, 1, 255, 0, 255, 1, 255)
const after = Uint8Array.of(0, 1, 0, 1, 0, 255, 255, 255, 1)

test('each pair of values has its code, and what one of them leaves open is not judged', () => {
  const difference = maskDifference(before, after)
  expect([...difference]).toEqual([
    UNCHANGED,
    GAINED,
    LOST,
    UNCHANGED,
    NO_DATA,
    NO_DATA,
    NO_DATA,
    NO_DATA,
    NO_DATA,
  ])
  expect(countDifference(difference)).toEqual({ gained: 1, lost: 1, compared: 4 })
})

test('the analyst adds where the round was blind and removes where it dreamt', () => {
  const round = Uint8Array.of(0, 1, 1, 0)
  const judged = Uint8Array.of(1, 0, 1, 0)
  expect([...againstVerdict(round, judged)]).toEqual([
    LANDSLIDE_ADDED_BY_ANALYST,
    REMOVED_BY_ANALYST,
    AGREES,
    AGREES,
  ])
})

test('masks of two rasters are refused', () => {
  expect(() => maskDifference(before, after.subarray(1))).toThrowError(/one raster/)
})
