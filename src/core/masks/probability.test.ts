import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flipProfile, flippedPixels, maskFromProbability, thresholdStep } from './probability'

describe('mask from probability', () => {
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
      expect.objectContaining({
        code: 'shape-mismatch',
        message: 'The probability has 4 pixels, the patch 3: run the ensemble again.',
      }),
    )
  })
})

describe('threshold step', () => {
  test.each([
    [0, 0],
    [-0.1, 0],
    [1, 100],
    [1.1, 100],
    [0.005, 0],
    [0.995, 99],
    ...Array.from({ length: 101 }, (_, step) => [Math.fround(step / 100), step] as [number, number]),
  ])('%f is landslide up to threshold %i', (p, step) => {
    expect(thresholdStep(p)).toBe(step)
  })
})

describe('threshold flips', () => {
  test('says at every threshold what comparing the masks pixel by pixel says', () => {
    const threshold = fc.integer({ min: 1, max: 99 }).map(step => step / 100)
    // Values on the very thresholds are where rounding would show.
    const probability = fc.oneof(
      fc.float({ min: 0, max: 1, noNaN: true }),
      threshold.map(Math.fround),
      fc.constant(Number.NaN),
    )
    const pixel = fc.tuple(fc.constantFrom(0, 1, 255), probability)
    fc.assert(
      fc.property(fc.array(pixel, { minLength: 1, maxLength: 60 }), threshold, (pixels, at) => {
        const frozen = Uint8Array.from(pixels, ([value]) => value)
        const values = Float32Array.from(pixels, ([, p]) => p)
        const shown = maskFromProbability(values, at, null)
        const differing = frozen.filter((value, i) => value !== 255 && shown[i] !== 255 && value !== shown[i])
        expect(flippedPixels(flipProfile(frozen, values), at)).toBe(differing.length)
      }),
    )
  })

  test('a mask differs from itself at no threshold but others', () => {
    const ramp = Float32Array.from({ length: 100 }, (_, index) => index / 100)
    const profile = flipProfile(maskFromProbability(ramp, 0.5, null), ramp)
    expect(flippedPixels(profile, 0.5)).toBe(0)
    expect(flippedPixels(profile, 0.6)).toBe(10)
    expect(profile.lost[60]).toBe(10)
    expect(profile.gained[40]).toBe(10)
    expect([profile.gained[0], profile.lost[0], profile.gained[100], profile.lost[100]]).toEqual([
      50, 0, 0, 50,
    ])
    expect(flippedPixels(profile, 1.01)).toBe(0)
    expect(() => flipProfile(new Uint8Array(1), ramp)).toThrowError(
      expect.objectContaining({
        code: 'shape-mismatch',
        message: 'The mask has 1 pixels, the probability 100: run the ensemble again.',
      }),
    )
  })
})
