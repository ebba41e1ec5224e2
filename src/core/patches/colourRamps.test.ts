import { expect, test } from 'vitest'
import { RAMP_STEPS, rampColour, sampleRamp, VIRIDIS, YELLOW_BROWN } from './colourRamps'

test('ramps have their published colours at both ends and in the middle', () => {
  expect([VIRIDIS[0], VIRIDIS[RAMP_STEPS - 1]]).toEqual([
    [68, 1, 84],
    [253, 231, 37],
  ])
  expect(rampColour(VIRIDIS, 0.5)).toEqual([33, 145, 140])
  expect([YELLOW_BROWN[0], YELLOW_BROWN[RAMP_STEPS - 1]]).toEqual([
    [255, 255, 229],
    [102, 37, 6],
  ])
})

test('a part of a ramp, turned round', () => {
  const greys = (place: number) => `rgb(${[1, 1, 1].map(() => Math.round(place * 200)).join(', ')})`
  const ramp = sampleRamp(greys, 1, 0.5)
  expect(ramp).toHaveLength(RAMP_STEPS)
  expect([ramp[0], ramp[RAMP_STEPS - 1]]).toEqual([
    [200, 200, 200],
    [100, 100, 100],
  ])
})

test('a place outside of 0..1 has the colour of the nearer end', () => {
  expect(rampColour(VIRIDIS, -3)).toEqual(VIRIDIS[0])
  expect(rampColour(VIRIDIS, 1.5)).toEqual(VIRIDIS[RAMP_STEPS - 1])
})
