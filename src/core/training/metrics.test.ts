import { expect, test } from 'vitest'
import { addConfusion, confusion, emptyConfusion, scores } from './metrics'

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
