import { expect, test } from 'vitest'
import { emptyField } from './field'
import { hornGradient } from './hornSlope'
import { directLight } from './illumination'

const SIZE = 40
/** A wall of 100 m along column 20. */
function wall() {
  const height = emptyField(SIZE)
  for (let row = 0; row < SIZE; row++) height.data[row * SIZE + 20] = 100
  return height
}

test('level ground gets 1; a wall shades the side away from the sun, as far as the sun is low', () => {
  const height = wall()
  const gradient = hornGradient(emptyField(SIZE), 10)
  const light = directLight(height, gradient, { azimuth: 90, elevation: 45 })
  const row = 12 * SIZE
  expect(light.data[row + 30]).toBeCloseTo(1, 5)
  expect(light.data[row + 14]).toBe(0)
  expect(light.data[row + 5]).toBeCloseTo(1, 5)
})

test('a slope that faces the sun is brighter than one that faces away', () => {
  const ramp = emptyField(SIZE)
  for (let i = 0; i < ramp.data.length; i++) ramp.data[i] = 3 * (i % SIZE)
  const gradient = hornGradient(ramp, 10)
  const at = 12 * SIZE + 20
  const west = directLight(emptyField(SIZE), gradient, { azimuth: 270, elevation: 40 }).data[at]!
  const east = directLight(emptyField(SIZE), gradient, { azimuth: 90, elevation: 40 }).data[at]!
  expect(west).toBeGreaterThan(1)
  expect(east).toBeLessThan(1)
})
