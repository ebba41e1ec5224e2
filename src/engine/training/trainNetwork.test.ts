import { expect, test } from 'vitest'
import { learningRate } from './trainNetwork'

test('warms up linearly to the peak, then decays to almost nothing', () => {
  const schedule = { peak: 1, warmupSteps: 4, steps: 14, power: 1 }
  const rates = Array.from({ length: 14 }, (_, step) => learningRate(schedule, step))
  expect(rates.slice(0, 5)).toEqual([0.2, 0.4, 0.6, 0.8, 1])
  for (let i = 5; i < 14; i++) expect(rates[i]!).toBeLessThan(rates[i - 1]!)
  expect(rates[13]).toBeCloseTo(0.1, 12)
})

test('no step has rate 0, however short the run or long the warm-up', () => {
  for (const [steps, warmupSteps] of [
    [1, 0],
    [1, 5],
    [3, 100],
  ] as const) {
    for (let step = 0; step < steps; step++) {
      expect(learningRate({ peak: 1e-3, warmupSteps, steps, power: 1 }, step)).toBeGreaterThan(0)
    }
  }
})

test('the power bends the decay', () => {
  expect(learningRate({ peak: 2, warmupSteps: 0, steps: 4, power: 2 }, 2)).toBeCloseTo(0.5, 12)
})
