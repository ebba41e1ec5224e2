import { rampColour } from '../core/patches/baseLayers'
import type { Overlay } from '../state/layers/slice'

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

type Colour = readonly [number, number, number]

/**
 * ColorBrewer's RdPu (Apache-2.0, safe for colour blindness) from its dark end: violet is sure, pale pink unsure. Apart
 * from the probability's orange, so that neither is taken for the other.
 */
const UNSURE: readonly Colour[] = [
  [73, 0, 106],
  [122, 1, 119],
  [174, 1, 126],
  [221, 52, 151],
  [247, 104, 161],
  [250, 159, 181],
  [252, 197, 192],
  [253, 224, 221],
]

export type RampOverlay = Extract<Overlay, 'probability' | 'disagreement' | 'entropy'>

export interface OverlayRamp {
  title: string
  unit: string
  /** sRGB 0..255 of a value 0..1. */
  colour(value: number): Colour
  /** The overlay fades in between these values, so that the image stays readable where there is nothing to say. */
  fade: readonly [number, number]
}

export const OVERLAY_RAMPS: Readonly<Record<RampOverlay, OverlayRamp>> = {
  probability: {
    title: 'Probability of landslide',
    unit: '',
    colour: probabilityColour,
    fade: [0.02, 0.35],
  },
  disagreement: {
    title: 'Disagreement of the networks',
    unit: 'probability',
    colour: value => rampColour(UNSURE, value),
    fade: [0.02, 0.3],
  },
  entropy: {
    title: 'Entropy of the ensemble',
    unit: 'bits',
    colour: value => rampColour(UNSURE, value),
    fade: [0.05, 0.6],
  },
}

export function isRampOverlay(overlay: Overlay): overlay is RampOverlay {
  return Object.hasOwn(OVERLAY_RAMPS, overlay)
}

export const RAMP_STEPS = 256

/** [RAMP_STEPS, 4] RGBA of values 0..1, as a texture one pixel high. */
export function rampPixels(ramp: OverlayRamp): Uint8Array {
  const pixels = new Uint8Array(RAMP_STEPS * 4)
  for (let step = 0; step < RAMP_STEPS; step++) {
    pixels.set([...ramp.colour(step / (RAMP_STEPS - 1)).map(Math.round), 255], step * 4)
  }
  return pixels
}

/** Gained or added, and lost or removed: Okabe and Ito's blue and orange, lightened for dark ground; sRGB 0..255. */
export const GAINED_COLOUR: Colour = [86, 168, 255]

export const LOST_COLOUR: Colour = [255, 159, 28]

/** A round's mask: Okabe and Ito's yellow, apart from the working mask's cyan. */
export const ROUND_COLOUR: Colour = [240, 228, 66]
