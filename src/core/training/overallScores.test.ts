import { expect, test } from 'vitest'
import { emptyConfusion } from './metrics'
import { overallScores } from './overallScores'

const counts = (tp: number, fp: number, fn: number, tn: number) => ({
  truePositive: tp,
  falsePositive: fp,
  falseNegative: fn,
  trueNegative: tn,
})

test('equal the textbook formulas on a small table', () => {
  const { overallAccuracy, meanIou, meanF1, kappa, mcc } = overallScores(counts(20, 5, 10, 15))
  expect(overallAccuracy).toBeCloseTo(0.7, 12)
  expect(meanIou).toBeCloseTo((20 / 35 + 15 / 30) / 2, 12)
  expect(meanF1).toBeCloseTo((40 / 55 + 30 / 45) / 2, 12)
  // Cohen's own example: observed 0.7, by chance 0.5.
  expect(kappa).toBeCloseTo(0.4, 12)
  expect(mcc).toBeCloseTo((20 * 15 - 5 * 10) / Math.sqrt(25 * 30 * 20 * 25), 12)
})

test('a mask that is wrong everywhere correlates with -1', () => {
  expect(overallScores(counts(0, 3, 4, 0))).toMatchObject({ overallAccuracy: 0, mcc: -1 })
})

test('0/0 is null', () => {
  expect(Object.values(overallScores(emptyConfusion()))).toEqual([null, null, null, null, null])
  const onlyBackground = overallScores(counts(0, 0, 0, 9))
  expect(onlyBackground).toEqual({ overallAccuracy: 1, meanIou: null, meanF1: null, kappa: null, mcc: null })
})

test('counts of a large set lose no digits', () => {
  const small = overallScores(counts(20, 5, 10, 15))
  const large = overallScores(counts(20e9, 5e9, 10e9, 15e9))
  expect(large.mcc).toBeCloseTo(small.mcc!, 12)
  expect(large.kappa).toBeCloseTo(small.kappa!, 12)
})
