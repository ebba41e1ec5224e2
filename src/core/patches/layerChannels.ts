import type { BaseLayer } from '../../worker/protocol'

/** Custom composite until another is chosen: soil and rock red to yellow, vegetation green. */
export const DEFAULT_CUSTOM_CHANNELS = ['B12', 'B11', 'B4'] as const

export interface NamedIndex {
  id: string
  title: string
  expression: string
  /** What is high and what is low in it. */
  meaning: string
}

/** Indices that tell a fresh scar from its surroundings, each a ratio of bands. */
export const NAMED_INDICES: readonly NamedIndex[] = [
  { id: 'NDVI', title: 'NDVI', expression: '(B8-B4)/(B8+B4)', meaning: 'vegetation high, bare ground low' },
  { id: 'NDWI', title: 'NDWI', expression: '(B3-B8)/(B3+B8)', meaning: 'open water high, land low' },
  { id: 'NBR', title: 'NBR', expression: '(B8-B12)/(B8+B12)', meaning: 'scars and burns low, forest high' },
  {
    id: 'BSI',
    title: 'BSI',
    expression: '((B11+B4)-(B8+B2))/((B11+B4)+(B8+B2))',
    meaning: 'bare soil high, vegetation low',
  },
]

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
