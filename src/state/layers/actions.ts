import type { BaseLayer } from '../../core/patches/baseLayers'
import type { Limits } from '../../core/patches/stretch'
import type { Studio } from '../studio'

/** Sets the ends of one channel's stretch by hand; null: by percentile again. */
export function setStretch(studio: Studio, layer: BaseLayer, channel: number, limits: Limits | null): void {
  studio.store.change(state => {
    const hand = [0, 1, 2].map(index =>
      index === channel ? limits : (state.layers.stretches[layer]?.[index] ?? null),
    )
    return { layers: { stretches: { ...state.layers.stretches, [layer]: hand } } }
  })
}

/** All channels of a layer by percentile again. */
export function resetStretch(studio: Studio, layer: BaseLayer): void {
  studio.store.change(state => {
    const { [layer]: _, ...stretches } = state.layers.stretches
    return { layers: { stretches } }
  })
}

/** @param expression parses; a stretch set for the former channel has no meaning for this one. */
export function setCustomChannel(studio: Studio, channel: number, expression: string): void {
  const {
    layers: { customChannels },
  } = studio.store.getState()
  if (customChannels[channel] === expression) return
  setStretch(studio, 'custom', channel, null)
  studio.store.change({
    layers: {
      customChannels: customChannels.map((former, index) => (index === channel ? expression : former)),
    },
  })
}

/** @param expression parses. */
export function setIndexExpression(studio: Studio, expression: string): void {
  if (studio.store.getState().layers.indexExpression === expression) return
  resetStretch(studio, 'index')
  studio.store.change({ layers: { indexExpression: expression } })
}
