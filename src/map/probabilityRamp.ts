/**
 * Inferno, the perceptually uniform ramp of matplotlib that stays ordered for every kind of colour vision, as the
 * degree-6 polynomials fitted by Matt Zucker (https://www.shadertoy.com/view/WlfXRN, CC0).
 */
const COEFFICIENTS: readonly (readonly [number, number, number])[] = [
  [0.0002189403691192265, 0.001651004631001012, -0.01948089843709184],
  [0.1065134194856116, 0.5639564367884091, 3.932712388889277],
  [11.60249308247187, -3.972853965665698, -15.9423941062914],
  [-41.70399613139459, 17.43639888205313, 44.35414519872813],
  [77.162935699427, -33.40235894210092, -81.80730925738993],
  [-71.31942824499214, 32.62606426397723, 73.20951985803202],
  [25.13112622477341, -12.24266895238567, -23.07032500287172],
]

/** Lower end of the ramp that is used: below it inferno is black and would only darken the image. */
export const RAMP_START = 0.12

/** sRGB, 0..255 a channel, of a probability 0..1. */
export function probabilityColour(probability: number): [number, number, number] {
  const t = RAMP_START + (1 - RAMP_START) * Math.min(1, Math.max(0, probability))
  const channel = (index: 0 | 1 | 2) => {
    let value = 0
    for (const row of [...COEFFICIENTS].reverse()) value = value * t + row[index]
    return Math.round(255 * Math.min(1, Math.max(0, value)))
  }
  return [channel(0), channel(1), channel(2)]
}
