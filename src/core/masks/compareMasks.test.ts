import { describe, expect, test } from 'vitest'
import {
  boxOf,
  changePicture,
  countDifference,
  GAINED,
  KEPT,
  LOST,
  maskAgreement,
  maskDifference,
  NO_DATA,
} from './compareMasks'

describe('mask agreement', () => {
  test('counts what was kept, added and taken away, and nothing that either ignores', () => {
    const networks = Uint8Array.of(1, 1, 0, 0, 255, 1)
    const judged = Uint8Array.of(1, 0, 1, 0, 1, 255)
    expect(maskAgreement(networks, judged)).toEqual({ kept: 1, added: 1, removed: 1, pixels: 4 })
  })

  test('refuses masks of different rasters', () => {
    expect(() => maskAgreement(new Uint8Array(2), new Uint8Array(3))).toThrowError(
      expect.objectContaining({
        code: 'shape-mismatch',
        message: 'Masks of 2 and 3 pixels cannot be compared: use masks of one raster.',
      }),
    )
  })
})

describe('change picture', () => {
  /** A raster of one row under a picture of one pixel. */
  const pixel = (before: number[], after: number[]) =>
    changePicture(
      Uint8Array.from(before),
      Uint8Array.from(after),
      { width: before.length, height: 1 },
      { width: 1, height: 1 },
    )[0]

  test.each([
    ['nothing', [0, 0, 0, 0], [0, 0, 0, 0], 0],
    ['one gained', [0, 1, 1, 1], [1, 1, 1, 1], GAINED],
    ['one lost', [1, 1, 1, 1], [0, 1, 1, 1], LOST],
    ['as many gained as lost', [0, 1, 0, 0], [1, 0, 0, 0], GAINED],
    ['more lost', [0, 1, 1, 0], [1, 0, 0, 0], LOST],
    ['half kept', [1, 1, 0, 0], [1, 1, 0, 0], KEPT],
    ['less than half kept', [1, 0, 0, 0], [1, 0, 0, 0], 0],
    ['ignored before', [255, 0, 0], [1, 0, 0], 0],
    ['ignored after', [1, 0, 0], [255, 0, 0], 0],
  ])('%s', (_, before, after, code) => {
    expect(pixel(before, after)).toBe(code)
  })

  test('each pixel of the picture looks at its own pixels of the raster', () => {
    const before = Uint8Array.of(0, 0, 1, 1, 0, 0, 0, 0, 0, 0)
    const after = Uint8Array.of(0, 0, 1, 1, 0, 0, 1, 0, 0, 0)
    const raster = { width: 5, height: 2 }
    expect([...changePicture(before, after, raster, raster)]).toEqual([
      0,
      0,
      KEPT,
      KEPT,
      0,
      0,
      GAINED,
      0,
      0,
      0,
    ])
    expect([...changePicture(before, after, raster, { width: 2, height: 1 })]).toEqual([GAINED, 0])
    expect([...changePicture(before, after, raster, { width: 5, height: 1 })]).toEqual([
      0,
      GAINED,
      KEPT,
      KEPT,
      0,
    ])
    expect(() => changePicture(before, after.subarray(1), raster, raster)).toThrowError(/one raster/)
  })

  test.each([
    [0, 2, 5, [0, 3]],
    [1, 2, 5, [2, 5]],
    [0, 4, 2, [0, 1]],
    [1, 4, 2, [0, 1]],
    [3, 4, 2, [1, 2]],
    [2, 3, 3, [2, 3]],
  ])('pixel %i of %i lies over these of %i: %j', (index, count, length, box) => {
    expect(boxOf(index, count, length)).toEqual(box)
  })
})

describe('mask difference', () => {
  const before = Uint8Array.of(0, 0, 1, 1, 255, 0, 255, 1, 255)
  const after = Uint8Array.of(0, 1, 0, 1, 0, 255, 255, 255, 1)

  test('each pair of values has its code, and what one of them leaves open is not judged', () => {
    const difference = maskDifference(before, after)
    expect([...difference]).toEqual([0, GAINED, LOST, 0, NO_DATA, NO_DATA, NO_DATA, NO_DATA, NO_DATA])
    expect(countDifference(difference)).toEqual({ gained: 1, lost: 1, compared: 4 })
  })

  test('masks of two rasters are refused', () => {
    expect(() => maskDifference(before, after.subarray(1))).toThrowError(/one raster/)
  })
})
