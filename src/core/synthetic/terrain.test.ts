import { expect, test } from 'vitest'
import { emptyField } from './field'
import { hornGradient, slopeDegrees } from './terrain'

test('a plane has its own slope everywhere inside', () => {
  const plane = emptyField(8)
  for (let i = 0; i < 64; i++) plane.data[i] = 10 * (i % 8) + 5 * Math.floor(i / 8)
  const gradient = hornGradient(plane, 10)
  expect(gradient.x.data[27]).toBeCloseTo(1, 6)
  expect(gradient.y.data[27]).toBeCloseTo(0.5, 6)
  expect(slopeDegrees(gradient).data[27]).toBeCloseTo((Math.atan(Math.hypot(1, 0.5)) * 180) / Math.PI, 4)
})
