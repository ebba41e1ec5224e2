import type { BaseLayer, RenderedLayer } from '../../worker/protocol'
import type { ViewSlice } from '../slices/viewSlice'
import type { Studio } from '../studio'

export function renderKey(patchId: string, layer: BaseLayer, percentile: number): string {
  return `${patchId}/${layer}/${percentile.toFixed(4)}`
}

/**
 * Renders the shown base layer, and the hillshade where it is blended in; both from the cache when there.
 *
 * @param view choices of a pane; the state's own by default
 */
export async function renderBase(
  studio: Studio,
  patchId: string,
  view: Pick<ViewSlice, 'baseLayer' | 'percentile' | 'hillshadeBlend'> = studio.store.getState(),
): Promise<void> {
  const { baseLayer, percentile, hillshadeBlend } = view
  await renderLayer(studio, patchId, baseLayer, percentile)
  if (hillshadeBlend > 0 && baseLayer !== 'hillshade') await renderLayer(studio, patchId, 'hillshade', 0.02)
}

/** Percentile of the hillshade that is blended in: the base layer's slider is not meant for it. */
export const HILLSHADE_PERCENTILE = 0.02

async function renderLayer(
  studio: Studio,
  patchId: string,
  layer: BaseLayer,
  percentile: number,
): Promise<RenderedLayer> {
  const key = renderKey(patchId, layer, percentile)
  const cached = studio.pixels.renders.get(key)
  if (cached) return cached
  const rendered = await studio.files.call('render', { patchId, layer, percentile })
  studio.pixels.renders.set(key, rendered)
  return rendered
}
