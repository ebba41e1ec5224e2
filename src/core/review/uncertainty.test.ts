import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pixelEntropy } from '../masks/probability'
import { disagreementMap, entropyMap, patchScores } from './uncertainty'

const probability = fc.float({ min: 0, max: 1, noNaN: true })

test('entropy is one bit at one half, none where certain, and the same seen from either class', () => {
  expect(pixelEntropy(0.5)).toBe(1)
  expect(pixelEntropy(0)).toBe(0)
  expect(pixelEntropy(1)).toBe(0)
  // -(1/4 log2 1/4 + 3/4 log2 3/4)
  expect(pixelEntropy(0.25)).toBeCloseTo(0.811278, 6)
  fc.assert(fc.property(probability, p => Math.abs(pixelEntropy(p) - pixelEntropy(1 - p)) < 1e-6))
  expect(entropyMap(Float32Array.of(0.5, Number.NaN))).toEqual(Float32Array.of(1, Number.NaN))
})

test('disagreement is the spread of the networks, NaN where one has no data', () => {
  const maps = [
    Float32Array.of(0.1, 0.5, 0.25),
    Float32Array.of(0.9, 0.5, Number.NaN),
    Float32Array.of(0.4, 0.5, 1),
  ]
  const map = disagreementMap(maps)
  expect(map[0]).toBeCloseTo(0.8, 6)
  expect(map[1]).toBe(0)
  expect(map[2]).toBeNaN()
  expect(disagreementMap([maps[0]!])).toEqual(new Float32Array(3))
})

test('scores are the mean of the worst hundredth, so that a small doubtful spot is not averaged away', () => {
  const calm = new Float32Array(400)
  const doubtful = calm.slice()
  doubtful.fill(0.5, 10, 14)
  const scores = patchScores(doubtful, [calm, doubtful.map(value => value * 2)])
  expect(scores).toEqual({ disagreement: 1, entropy: 1, confidence: 0 })
  doubtful[10] = 0
  expect(patchScores(doubtful, [doubtful]).entropy).toBe(0.75)
})

test('confidence is the share of possible landslide pixels that are decided', () => {
  const ensemble = Float32Array.of(0.1, 0.29, 0.3, 0.69, 0.7, 0.9, Number.NaN)
  const confidence = (map: Float32Array, valid: Uint8Array | null = null) =>
    patchScores(map, [map], valid).confidence
  expect(confidence(ensemble)).toBe(0.5)
  expect(confidence(ensemble, Uint8Array.of(1, 1, 0, 0, 1, 1, 1))).toBe(1)
  expect(confidence(Float32Array.of(0.1, 0.2))).toBe(1)
  expect(confidence(ensemble, Uint8Array.of(1, 1, 1, 1, 1, 0, 1))).toBeCloseTo(1 / 3, 12)
})

test('pixels without data do not count, nor does a patch of nothing else', () => {
  const ensemble = Float32Array.of(0.5, Number.NaN, 0)
  expect(patchScores(ensemble, [ensemble], Uint8Array.of(0, 1, 1)).entropy).toBe(0)
  const nothing = Float32Array.of(Number.NaN)
  expect(patchScores(nothing, [nothing])).toEqual({ disagreement: 0, entropy: 0, confidence: 1 })
})

test('refuses what cannot be compared', () => {
  expect(() => disagreementMap([])).toThrowError(
    expect.objectContaining({ code: 'bad-argument', message: expect.stringContaining('run the ensemble') }),
  )
  expect(() => disagreementMap([new Float32Array(2), new Float32Array(3)])).toThrowError(
    expect.objectContaining({
      code: 'shape-mismatch',
      message: expect.stringMatching(/of 2 and 3 pixels.*run the ensemble again/),
    }),
  )
})
