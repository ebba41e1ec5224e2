import { expect, test } from 'vitest'
import { auditEstimate } from './auditEstimate'

const agreement = (kept: number, added: number, removed: number) => ({ kept, added, removed, pixels: 100 })

test('pools the pixels of the sample: precision, recall and what was changed', () => {
  const estimate = auditEstimate([agreement(6, 2, 0), agreement(0, 0, 2), agreement(2, 0, 0)])
  expect(estimate.precision?.value).toBe(0.8)
  expect(estimate.recall?.value).toBe(0.8)
  expect(estimate).toMatchObject({ patches: 3, changed: 4, pixels: 300 })
})

test('the interval holds the value, narrows as patches are added, and is the same again', () => {
  const mixed = [agreement(9, 1, 1), agreement(5, 5, 5), agreement(8, 2, 0), agreement(1, 9, 0)]
  const few = auditEstimate(mixed).recall!
  const many = auditEstimate(Array.from({ length: 10 }, () => mixed).flat()).recall!
  expect(few.low).toBeLessThanOrEqual(few.value)
  expect(few.high).toBeGreaterThanOrEqual(few.value)
  expect(many.high - many.low).toBeLessThan((few.high - few.low) / 2)
  expect(auditEstimate(mixed).recall).toEqual(few)
  expect(auditEstimate(mixed, 2).recall).not.toEqual(few)
  // Of 400 patches half have a recall of 1, half of 0: 1.96 standard deviations of a binomial are 0.049.
  const halves = auditEstimate(Array.from({ length: 400 }, (_, i) => agreement(i % 2, 1 - (i % 2), 0)))
    .recall!
  expect(halves.value).toBe(0.5)
  expect(halves.low).toBeCloseTo(0.451, 2)
  expect(halves.high).toBeCloseTo(0.549, 2)
})

test('a sample without a fault does not prove that there is none', () => {
  const perfect = (count: number) => auditEstimate(Array.from({ length: count }, () => agreement(5, 0, 0)))
  expect(perfect(2).precision).toEqual({ value: 1, low: 0, high: 1 })
  expect(perfect(20).recall?.low).toBeCloseTo(0.85, 12)
  const missed = auditEstimate(Array.from({ length: 20 }, () => agreement(0, 1, 1)))
  expect(missed.recall).toEqual({ value: 0, low: 0, high: 0.15 })
})

test('claims nothing that it cannot know', () => {
  expect(auditEstimate([])).toMatchObject({ patches: 0, precision: null, recall: null })
  expect(auditEstimate([agreement(1, 0, 0)]).precision).toEqual({ value: 1, low: 0, high: 1 })
  expect(auditEstimate([agreement(1, 1, 0)]).recall).toEqual({ value: 0.5, low: 0, high: 1 })
  expect(auditEstimate([agreement(0, 0, 0), agreement(0, 0, 0)]).recall).toBeNull()
})
