import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bendColour } from './bendColour'

const value = fc.double({ min: -60, max: 60, noNaN: true })
const bend = fc.double({ min: 0.3, max: 3, noNaN: true })

test('keeps 0, is odd, rises, and changes a value by the factor of the bend at most', () => {
  fc.assert(
    fc.property(value, bend, (z, k) => {
      const bent = bendColour(z, k)
      expect(bendColour(-z, k)).toBe(-bent)
      expect(bendColour(z + 1e-3, k)).toBeGreaterThan(bent)
      expect(Math.abs(bent)).toBeLessThanOrEqual(Math.abs(z) * Math.max(1, k) * (1 + 1e-12))
      expect(Math.abs(bent)).toBeGreaterThanOrEqual(Math.abs(z) * Math.min(1, k) * (1 - 1e-12))
    }),
  )
  expect(bendColour(0, 1.7)).toBe(0)
})

test('leaves values alone near the mean, and at a bend of 1 everywhere', () => {
  expect(bendColour(1e-4, 2) / 1e-4).toBeCloseTo(1, 3)
  for (const z of [-3.3, 0.1, 47]) expect(bendColour(z, 1)).toBe(z)
  expect(bendColour(1, 2)).toBe(1.5)
  expect(bendColour(-3, 0.5)).toBe(-1.875)
})
