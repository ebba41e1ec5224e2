import { NAMED_INDICES } from './spectralIndices'

/** Custom composite until another is chosen: soil and rock red to yellow, vegetation green. */
export const DEFAULT_CUSTOM_CHANNELS = ['B12', 'B11', 'B4'] as const

const CHANNELS: Readonly<Record<Exclude<BaseLayer, 'custom' | 'index'>, readonly string[]>> = {
  'true-colour': ['B4', 'B3', 'B2'],
  'false-colour': ['B8', 'B4', 'B3'],
  swir: ['B12', 'B8', 'B4'],
  hillshade: [],
  slope: ['slope'],
  elevation: ['dem'],
}

/**
 * Band expressions of a layer: three as red, green and blue, or one for a colour ramp; none for the hillshade.
 *
 * @param chosen the analyst's, for `custom` and `index`.
 */
export function layerChannels(layer: BaseLayer, chosen: readonly string[] = []): readonly string[] {
  switch (layer) {
    case 'custom':
      return DEFAULT_CUSTOM_CHANNELS.map((channel, index) => chosen[index] ?? channel)
    case 'index':
      return [chosen[0] ?? NAMED_INDICES[0]!.expression]
    default:
      return CHANNELS[layer]
  }
}
type Colour = readonly [number, number, number]

/** Stops of viridis (Smith and van der Walt, CC0), evenly spaced: dark low, light high, safe for colour blindness. */
export const VIRIDIS: readonly Colour[] = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 74, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [109, 205, 89],
  [180, 222, 44],
  [253, 231, 37],
]

/** ColorBrewer's YlOrBr (Apache-2.0): light is flat, dark is steep. */
export const YELLOW_BROWN: readonly Colour[] = [
  [255, 255, 229],
  [255, 247, 188],
  [254, 227, 145],
  [254, 196, 79],
  [254, 153, 41],
  [236, 112, 20],
  [204, 76, 2],
  [153, 52, 4],
  [102, 37, 6],
]

/** Linear between stops; `position` is clamped to 0..1. */
export function rampColour(stops: readonly Colour[], position: number): Colour {
  const place = Math.min(1, Math.max(0, position)) * (stops.length - 1)
  const index = Math.min(stops.length - 2, Math.floor(place))
  const part = place - index
  const from = stops[index]!
  const to = stops[index + 1]!
  return [
    from[0] + (to[0] - from[0]) * part,
    from[1] + (to[1] - from[1]) * part,
    from[2] + (to[2] - from[2]) * part,
  ]
}

/** Bands (0-based) shown as red, green and blue. */
export const COMPOSITES = {
  /** B4, B3, B2 */
  'true-colour': [3, 2, 1],
  /** B8, B4, B3 */
  'false-colour': [7, 3, 2],
  /** B12, B8, B4 */
  swir: [11, 7, 3],
} as const

export type BaseLayer =
  | 'true-colour'
  | 'false-colour'
  | 'swir'
  /** Three band expressions as red, green and blue. */
  | 'custom'
  /** One band expression as a colour ramp. */
  | 'index'
  | 'hillshade'
  | 'slope'
  | 'elevation'
