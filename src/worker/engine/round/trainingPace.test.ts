import { expect, test } from 'vitest'
import { createTrainingPace } from './trainingPace'

test('samples a second come from the last ten seconds, at most once a second, anew for each network', () => {
  let now = 0
  const pace = createTrainingPace(() => now)
  const step = (samples: number, milliseconds: number, family: 'segformer' | 'swin-unet' = 'segformer') => {
    for (let i = 0; i < samples; i++) pace.sample()
    now += milliseconds
    return pace.step(family)
  }
  // The first step compiles: it is the mark that others are measured from.
  expect(step(4, 9000)).toBeNull()
  expect(step(4, 1000)).toBe(4)
  expect(step(4, 500)).toBeNull()
  expect(step(4, 500)).toBe(6)
  expect(step(4, 20_000)).toBeCloseTo(0.2)
  expect(step(8, 2000, 'swin-unet')).toBeNull()
  expect(step(8, 2000, 'swin-unet')).toBe(4)
})
