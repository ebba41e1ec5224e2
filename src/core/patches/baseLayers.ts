import { namedBand } from './bands'
import { SPECTRAL_INDICES } from './spectralIndices'

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
      return [chosen[0] ?? SPECTRAL_INDICES[0]!.expression]
    default:
      return CHANNELS[layer]
  }
}

/** Bands (0-based) shown as red, green and blue. */
export function compositeBands(layer: 'true-colour' | 'false-colour' | 'swir'): number[] {
  return CHANNELS[layer].map(name => namedBand(name)!.band)
}

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
