import { expect, test } from 'vitest'
import { type Colour, RAMP_STEPS, rampColour } from '../core/patches/colourRamps'
import { OVERLAY_RAMPS, PROBABILITY, rampPixels } from './overlayColours'

/** Relative luminance of sRGB (WCAG 2.2). */
function luminance([red, green, blue]: Colour): number {
  const linear = (value: number) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

test('grows lighter all the way, so that order survives without hue', () => {
  const ramp = Array.from({ length: 51 }, (_, index) => luminance(rampColour(PROBABILITY, index / 50)))
  for (let index = 1; index < ramp.length; index++) expect(ramp[index]!).toBeGreaterThan(ramp[index - 1]!)
})

test("ends on inferno's last colour, and begins above its black", () => {
  expect(rampColour(PROBABILITY, 1)).toEqual([252, 255, 164])
  expect(luminance(rampColour(PROBABILITY, 0))).toBeGreaterThan(0.005)
})

test('what is unsure is lighter than what is sure', () => {
  const { colours } = OVERLAY_RAMPS.disagreement
  expect(colours[0]).toEqual([73, 0, 106])
  for (let step = 1; step <= 20; step++) {
    expect(luminance(rampColour(colours, step / 20))).toBeGreaterThan(
      luminance(rampColour(colours, (step - 1) / 20)),
    )
  }
})

test("the GPU's texture holds the colours that the legend shows", () => {
  const { colours } = OVERLAY_RAMPS.entropy
  const pixels = rampPixels(colours)
  expect(pixels).toHaveLength(RAMP_STEPS * 4)
  expect([...pixels.subarray(102 * 4, 103 * 4)]).toEqual([...rampColour(colours, 0.4), 255])
})
