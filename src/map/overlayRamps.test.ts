import { expect, test } from 'vitest'
import { probabilityColour } from './overlayRamps'

/** Relative luminance of sRGB (WCAG 2.2). */
function luminance([red, green, blue]: [number, number, number]): number {
  const linear = (value: number) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

test('grows lighter all the way, so that order survives without hue', () => {
  const ramp = Array.from({ length: 51 }, (_, index) => luminance(probabilityColour(index / 50)))
  for (let index = 1; index < ramp.length; index++) expect(ramp[index]!).toBeGreaterThan(ramp[index - 1]!)
})

/** Two per cent of the range: what the polynomial fit is off by at its end. */
const FIT_ERROR = 5

test("ends on inferno's last colour", () => {
  const [red, green, blue] = probabilityColour(1)
  expect(Math.abs(red - 252)).toBeLessThanOrEqual(FIT_ERROR)
  expect(Math.abs(green - 255)).toBeLessThanOrEqual(FIT_ERROR)
  expect(Math.abs(blue - 164)).toBeLessThanOrEqual(FIT_ERROR)
})
