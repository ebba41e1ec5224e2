import { expect, test } from 'vitest'
import { defaultRoundConfig } from '../../core/rounds/roundConfig'
import { duration } from './duration'
import { type Expectation, expectedHours, secondsFor } from './expectations'

const config = { ...defaultRoundConfig, steps: 20_000, evaluateEvery: 5000, cropSize: 128 }
const expected: Expectation = {
  passes: { microBatch: 4, accumulate: 4 },
  peakBytes: 1,
  largestBytes: 1,
  timing: { secondsPerPass: 0.9, side: 128, microBatch: 4 },
}
const patches = { target: 245, heldOut: 380 }

test('hours are those of all passes, twice as many with pseudo-labels, and of the predictions', () => {
  // 20,000 steps of 4 passes; 245 + 5 x 380 predictions, 4 a pass, at a third of a pass.
  const prediction = ((245 + 1900) / 4 / 3) * 0.9
  const alone = expectedHours({ config, labels: null }, expected, patches)!
  expect(alone).toBeCloseTo((72_000 + prediction) / 3600, 6)
  const both = expectedHours({ config, labels: 'out/validation/round-1' }, expected, patches)!
  expect(both - alone).toBeCloseTo(20, 6)
  // A patch is predicted whole, however small the crops.
  const small = expectedHours({ config: { ...config, cropSize: 64 }, labels: null }, expected, patches)!
  expect(small - alone).toBeCloseTo((3 * prediction) / 3600, 6)
  expect(expectedHours({ config, labels: null }, { ...expected, timing: null }, patches)).toBeNull()
  expect(expectedHours({ config, labels: null }, { ...expected, passes: null }, patches)).toBeNull()
})

test('durations in the unit that a person would say', () => {
  expect([11.2, 90, 5400, 72_000, 400_000].map(duration)).toEqual([
    '12 s',
    '1.5 min',
    '1.5 h',
    '20 h',
    '4.6 days',
  ])
})

test('time grows with the pixels as it did between the last two measurements', () => {
  const [small, larger, noisy] = [
    { pixels: 1024, seconds: 3 },
    { pixels: 4096, seconds: 6 },
    { pixels: 16_384, seconds: 5 },
  ]
  expect(secondsFor(4096, [small!])).toBe(12)
  expect(secondsFor(16_384, [small!, larger!])).toBeCloseTo(18, 9)
  expect(secondsFor(65_536, [small!, larger!, noisy!])).toBe(5)
  expect(secondsFor(4096, [small!, larger!])).toBe(6)
})
