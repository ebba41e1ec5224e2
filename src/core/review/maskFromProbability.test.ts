import { expect, test } from 'vitest'
import { maskFromProbability } from './maskFromProbability'

test('splits at the threshold, which belongs to landslide, and marks pixels without data', () => {
  const probability = Float32Array.of(0.2, 0.5, 0.9, 0.9, Number.NaN)
  expect(maskFromProbability(probability, 0.5, Uint8Array.of(1, 1, 1, 0, 1))).toEqual(
    Uint8Array.of(0, 1, 1, 255, 255),
  )
  expect(maskFromProbability(Float32Array.of(0.7), 0.7, null)).toEqual(Uint8Array.of(1))
  expect(maskFromProbability(probability, 0.91, null)).toEqual(Uint8Array.of(0, 0, 0, 0, 255))
})

test('refuses validity of another size', () => {
  expect(() => maskFromProbability(new Float32Array(4), 0.5, new Uint8Array(3))).toThrowError(
    expect.objectContaining({ code: 'shape-mismatch' }),
  )
})
