import { describe, expect, test } from 'vitest'
import { emptyField } from './field'
import { directLight, opticalPath } from './imaging'
import { hornGradient } from './terrain'

describe('atmosphere', () => {
  const summer = { haze: 1, waterVapour: 1 }
  const [B1, B2, B8, B9, B10] = [0, 1, 7, 8, 9] as const

  test('haze lifts blue most, and less the higher the ground', () => {
    const low = opticalPath(300, summer).path
    const high = opticalPath(2800, summer).path
    expect(low[B1]!).toBeGreaterThan(high[B1]! + 200)
    expect(low[B2]!).toBeGreaterThan(low[B8]! * 4)
    expect(opticalPath(300, { haze: 2, waterVapour: 1 }).path[B2]!).toBeGreaterThan(low[B2]! + 150)
  })

  test('the vapour bands clear up with height and dryness; the others hardly change', () => {
    const low = opticalPath(900, summer).transmittance
    const high = opticalPath(3400, summer).transmittance
    expect(low[B9]!).toBeGreaterThan(0.25)
    expect(low[B9]!).toBeLessThan(0.45)
    expect(high[B9]!).toBeGreaterThan(0.55)
    expect(low[B10]!).toBeLessThan(0.003)
    expect(opticalPath(2200, { haze: 1, waterVapour: 0.3 }).transmittance[B10]!).toBeGreaterThan(0.03)
    expect(Math.abs(low[B8]! - high[B8]!)).toBeLessThan(0.03)
  })
})

describe('illumination', () => {
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
})
