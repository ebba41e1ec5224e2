import { expect, test } from 'vitest'
import { opticalPath } from './atmosphere'

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
