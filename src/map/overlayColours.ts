import { interpolateInferno } from 'd3-scale-chromatic'
import { type Colour, type ColourRamp, RAMP_STEPS, sampleRamp } from '../core/patches/colourRamps'
import type { Overlay } from '../state/layers/slice'

/**
 * Inferno, the perceptually uniform ramp of matplotlib that stays ordered for every kind of colour vision, without its
 * lowest part: that is black and would only darken the image.
 */
export const PROBABILITY = sampleRamp(interpolateInferno, 0.12)

/**
 * Dark blue is sure, bright cyan unsure: lighter all the way, and nowhere near the beige and white of bare soil, where
 * networks differ most. Apart from the probability's orange, so that neither is taken for the other.
 */
const UNSURE = sampleRamp(
  share => `rgb(${mix(37, 0, share)}, ${mix(52, 200, share)}, ${mix(148, 255, share)})`,
)

function mix(from: number, to: number, share: number): number {
  return Math.round(from + (to - from) * share)
}

export type RampOverlay = Extract<Overlay, 'probability' | 'disagreement' | 'entropy'>

export interface OverlayRamp {
  title: string
  unit: string
  /** Colours of the values 0..1. */
  colours: ColourRamp
  /** The overlay fades in between these values, so that the image stays readable where there is nothing to say. */
  fade: readonly [number, number]
}

export const OVERLAY_RAMPS: Readonly<Record<RampOverlay, OverlayRamp>> = {
  probability: {
    title: 'Probability of landslide',
    unit: '',
    colours: PROBABILITY,
    fade: [0.02, 0.35],
  },
  disagreement: {
    title: 'Disagreement of the networks',
    unit: 'probability',
    colours: UNSURE,
    fade: [0.02, 0.3],
  },
  entropy: {
    title: 'Entropy of the ensemble',
    unit: 'bits',
    colours: UNSURE,
    fade: [0.05, 0.6],
  },
}

export function isRampOverlay(overlay: Overlay): overlay is RampOverlay {
  return Object.hasOwn(OVERLAY_RAMPS, overlay)
}

/** [RAMP_STEPS, 4] RGBA of values 0..1, as a texture one pixel high. */
export function rampPixels(ramp: ColourRamp): Uint8Array {
  const pixels = new Uint8Array(RAMP_STEPS * 4)
  for (const [step, colour] of ramp.entries()) pixels.set([...colour, 255], step * 4)
  return pixels
}

/** Gained or added, and lost or removed: Okabe and Ito's blue and orange, lightened for dark ground; sRGB 0..255. */
export const GAINED_COLOUR: Colour = [86, 168, 255]

export const LOST_COLOUR: Colour = [255, 159, 28]

/** A round's mask: Okabe and Ito's yellow, apart from the working mask's violet. */
export const ROUND_COLOUR: Colour = [240, 228, 66]

/**
 * Outline and tint of the working mask: the violet that, of all colours, stays farthest from soil, vegetation, the
 * probability's ramp and the accent of the controls at once, for every kind of colour vision.
 */
export const MASK_COLOUR: Colour = [180, 75, 255]
