import { expect, test } from 'vitest'
import { countDifference, maskDifference } from '../../core/masks/compareMasks'
import { maskFromProbability } from '../../core/masks/probability'
import { CONFIDENCE_BINS, createTargetTally } from './writeEnsemble'

const p = (...values: number[]) => new Float32Array(values)
const NONE = Number.NaN

test('pixels that changed sides are counted where both ensembles judged, over all patches', () => {
  const tally = createTargetTally(0.5)
  tally.add(p(0.5, 0.4, 0.9, 0.1, NONE, 0.7), p(0.4, 0.5, 0.6, 0.2, 0.9, NONE))
  tally.add(p(0.9, 0.9), p(0.1, 0.1))
  tally.add(p(0.9), null)
  expect(tally.record().changedPixels).toEqual({ gained: 3, lost: 1, compared: 6 })
})

test('what changed is known at every threshold, as the masks of both ensembles say it', () => {
  const now = p(0.5, 0.4, 0.9, 0, 1, 0.7, NONE, 0.005)
  const before = p(0.4, 0.5, 0.6, 1, 0, 0.7, 0.2, 0.995)
  const tally = createTargetTally(0.5)
  tally.add(now, before)
  const { changes } = tally.record()
  for (const threshold of [0, 0.01, 0.41, 0.5, 0.7, 0.99, 1]) {
    const difference = maskDifference(
      maskFromProbability(before, threshold, null),
      maskFromProbability(now, threshold, null),
    )
    const { gained, lost } = countDifference(difference)
    const step = Math.round(threshold * 100)
    expect([changes!.gained[step], changes!.lost[step]], `at ${threshold}`).toEqual([gained, lost])
  }
})

test('without a previous ensemble nothing is compared, which is not the same as nothing changed', () => {
  const tally = createTargetTally(0.5)
  tally.add(p(0.9, NONE), null)
  expect(tally.record().changedPixels).toBeNull()
})

test('the histogram has 20 bins of 0.05, the last closed, and leaves out pixels without data', () => {
  const tally = createTargetTally(0.5)
  tally.add(p(0, 0.049, 0.051, 0.999, 1, NONE), null)
  const { confidence } = tally.record()
  expect(confidence).toHaveLength(CONFIDENCE_BINS)
  expect([confidence[0], confidence[1], confidence[19]]).toEqual([2, 1, 2])
  expect(confidence.reduce((a, b) => a + b)).toBe(5)
})

test('an ensemble of another size is refused', () => {
  expect(() => createTargetTally(0.5).add(p(0.1), p(0.1, 0.2))).toThrow(RangeError)
})
