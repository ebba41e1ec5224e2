import { describe, expect, test } from 'vitest'
import { countDifference, GAINED, LOST, maskAgreement, maskDifference, NO_DATA } from './compareMasks'

describe('mask agreement', () => {
  test('counts what was kept, added and taken away, and nothing that either ignores', () => {
    const networks = Uint8Array.of(1, 1, 0, 0, 255, 1)
    const judged = Uint8Array.of(1, 0, 1, 0, 1, 255)
    expect(maskAgreement(networks, judged)).toEqual({ kept: 1, added: 1, removed: 1, pixels: 4 })
  })

  test('refuses masks of different rasters', () => {
    expect(() => maskAgreement(new Uint8Array(2), new Uint8Array(3))).toThrowError(
      expect.objectContaining({ code: 'shape-mismatch' }),
    )
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
