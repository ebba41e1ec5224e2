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
