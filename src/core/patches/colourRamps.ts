import { interpolateViridis, interpolateYlOrBr } from 'd3-scale-chromatic'

/** sRGB, whole numbers 0..255. */
export type Colour = readonly [number, number, number]

/** How many colours a ramp is sampled to: as many as an 8-bit texture can tell apart. */
export const RAMP_STEPS = 256

/**
 * A colour ramp as RAMP_STEPS colours, evenly spaced. Pictures, legends and the GPU's lookup textures all take their
 * colours from the same ones, so that a legend shows what is drawn.
 */
export type ColourRamp = readonly Colour[]

/** Viridis (Smith and van der Walt, CC0): dark low, light high, safe for colour blindness. */
export const VIRIDIS = sampleRamp(interpolateViridis)

/** ColorBrewer's YlOrBr (Apache-2.0): light is flat, dark is steep. */
export const YELLOW_BROWN = sampleRamp(interpolateYlOrBr)

/**
 * @param interpolate one of d3-scale-chromatic: place 0..1 to a CSS colour
 * @param from place of the ramp's first colour
 * @param to place of its last colour; less than `from` turns the ramp round
 */
export function sampleRamp(interpolate: (place: number) => string, from = 0, to = 1): ColourRamp {
  return Array.from({ length: RAMP_STEPS }, (_, step) =>
    parseColour(interpolate(from + ((to - from) * step) / (RAMP_STEPS - 1))),
  )
}

/** The interpolators return `#rrggbb` or `rgb(r, g, b)`, depending on the ramp. */
function parseColour(text: string): Colour {
  if (text.startsWith('#')) {
    const value = Number.parseInt(text.slice(1), 16)
    return [value >> 16, (value >> 8) & 255, value & 255]
  }
  const [red = 0, green = 0, blue = 0] = text.match(/\d+/g)?.map(Number) ?? []
  return [red, green, blue]
}

/** Colour of the step nearest to `position`, which is clamped to 0..1. */
export function rampColour(ramp: ColourRamp, position: number): Colour {
  return ramp[Math.round(Math.min(1, Math.max(0, position)) * (RAMP_STEPS - 1))]!
}
