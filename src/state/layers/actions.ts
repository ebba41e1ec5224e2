import type { BaseLayer } from '../../core/patches/baseLayers'
import type { Limits } from '../../core/patches/stretch'
import type { Studio } from '../studio'
import { type LayersSlice, layersPreferences, OVERLAYS } from './slice'

type Holder = Pick<Studio, 'store'>

function set({ store }: Holder, change: Partial<LayersSlice>): void {
  store.change({ layers: layersPreferences.sound(change) })
}

/** What is set by itself; stretches, expressions and panes have actions of their own. */
export type LayerChoices = Omit<
  LayersSlice,
  'peeking' | 'references' | 'stretches' | 'customChannels' | 'indexExpression' | 'activePane' | 'otherPane'
>

/** Sets choices of the active pane, or of both where they share them. */
export function setLayers(studio: Holder, change: Partial<LayerChoices>): void {
  set(studio, change)
}

/** Hides the overlays while a key is held. */
export function peek({ store }: Holder, peeking: boolean): void {
  store.change({ layers: { peeking } })
}

/** Changes the opacity of both overlays together, so that one pair of keys compares them with the image. */
export function fadeOverlays(studio: Holder, by: number): void {
  const { showProbability, probabilityOpacity, showMask, maskOpacity } = studio.store.getState().layers
  const moved = (opacity: number) => Math.min(1, Math.max(0, Math.round((opacity + by) * 100) / 100))
  set(studio, {
    ...(showProbability && { probabilityOpacity: moved(probabilityOpacity) }),
    ...(showMask && { maskOpacity: moved(maskOpacity) }),
  })
}

/** Shows the overlay if none is shown, else the next one that the rounds so far can fill. */
export function showNextOverlay(studio: Holder): void {
  const { layers, rounds } = studio.store.getState()
  const count = rounds.list.length === 0 ? 3 : rounds.list.length === 1 ? 4 : OVERLAYS.length
  const at = OVERLAYS.findIndex(({ id }) => id === layers.overlay)
  const next = layers.showProbability ? OVERLAYS[(at + 1) % count] : OVERLAYS[at]
  set(studio, { overlay: next?.id ?? 'probability', showProbability: true })
}

/** Sets the ends of one channel's stretch by hand; null: by percentile again. */
export function setStretch(studio: Holder, layer: BaseLayer, channel: number, limits: Limits | null): void {
  const { stretches } = studio.store.getState().layers
  const hand = [0, 1, 2].map(index => (index === channel ? limits : (stretches[layer]?.[index] ?? null)))
  set(studio, { stretches: { ...stretches, [layer]: hand } })
}

/** All channels of a layer by percentile again. */
export function resetStretch(studio: Holder, layer: BaseLayer): void {
  const { [layer]: _, ...stretches } = studio.store.getState().layers.stretches
  set(studio, { stretches })
}

/** @param expression parses; a stretch set for the former channel has no meaning for this one. */
export function setCustomChannel(studio: Holder, channel: number, expression: string): void {
  const { customChannels } = studio.store.getState().layers
  if (customChannels[channel] === expression) return
  setStretch(studio, 'custom', channel, null)
  set(studio, {
    customChannels: customChannels.map((former, index) => (index === channel ? expression : former)),
  })
}

/** @param expression parses. */
export function setIndexExpression(studio: Holder, expression: string): void {
  if (studio.store.getState().layers.indexExpression === expression) return
  resetStretch(studio, 'index')
  set(studio, { indexExpression: expression })
}
