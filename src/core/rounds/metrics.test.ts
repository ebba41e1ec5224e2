import { describe, expect, test } from 'vitest'
import { addConfusion, confusion, emptyConfusion, overallScores, scores } from './metrics'

describe('metrics', () => {
  test('pixels labelled 255 are left out, a predicted 255 counts as background', () => {
    const counts = confusion([1, 1, 0, 0, 1, 255, 255], [1, 0, 1, 0, 255, 1, 0])
    expect(counts).toEqual({ truePositive: 1, falsePositive: 1, falseNegative: 2, trueNegative: 2 })
    expect(scores(counts)).toMatchObject({ precision: 1 / 2, recall: 1 / 3, f1: 2 / 5, iou: 1 / 4 })
  })

  test('0/0 is null, never 0 or 1', () => {
    expect(scores(emptyConfusion())).toMatchObject({ precision: null, recall: null, f1: null, iou: null })
    expect(scores(confusion([0, 0], [1, 0]))).toMatchObject({ precision: null, recall: 0, f1: 0, iou: 0 })
  })

  test('counts pool before they are scored', () => {
    const pooled = addConfusion(confusion([1, 1], [1, 1]), confusion([1, 1], [0, 0]))
    expect(scores(pooled).precision).toBe(0.5)
  })

  test('masks of different size are refused', () => {
    expect(() => confusion([1], [1, 0])).toThrow(RangeError)
  })
})

describe('overall scores', () => {
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
    expect(onlyBackground).toEqual({
      overallAccuracy: 1,
      meanIou: null,
      meanF1: null,
      kappa: null,
      mcc: null,
    })
  })

  test('counts of a large set lose no digits', () => {
    const small = overallScores(counts(20, 5, 10, 15))
    const large = overallScores(counts(20e9, 5e9, 10e9, 15e9))
    expect(large.mcc).toBeCloseTo(small.mcc!, 12)
    expect(large.kappa).toBeCloseTo(small.kappa!, 12)
  })
})
