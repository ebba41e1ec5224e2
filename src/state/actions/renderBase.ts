import { toAppError } from '../../core/foundation/appError'
import type { RenderOptions } from '../../core/patches/renderLayer'
import type { BaseLayer, RenderedLayer } from '../../worker/protocol'
import { notify } from '../notify'
import type { LayersSlice } from '../slices/layersSlice'
import type { ViewSlice } from '../slices/viewSlice'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { loadContours } from './loadContours'
import { loadOverlay } from './loadOverlay'

/** A picture of a patch: a layer and everything that its pixels depend on. */
export type Picture = { layer: BaseLayer } & Omit<RenderOptions, 'cellSize'>

type PictureChoices = Pick<ViewSlice, 'baseLayer' | 'percentile'> &
  Pick<LayersSlice, 'customChannels' | 'indexExpression' | 'stretches' | 'sunAzimuth' | 'sunAltitude'>

/** The base layer as chosen. A composite's picture does not change with the sun, nor a hillshade's with the stretch. */
export function basePicture(view: PictureChoices): Picture {
  const layer = view.baseLayer
  if (layer === 'hillshade') return shadePicture(view)
  const limits = view.stretches[layer]
  return {
    layer,
    percentile: view.percentile,
    ...(layer === 'custom' && { channels: view.customChannels }),
    ...(layer === 'index' && { channels: [view.indexExpression] }),
    ...(limits?.some(Boolean) && { limits }),
  }
}

/** The relief, as a base layer or to be blended in. */
export function shadePicture({ sunAzimuth, sunAltitude }: PictureChoices): Picture {
  return { layer: 'hillshade', sun: { azimuth: sunAzimuth, altitude: sunAltitude } }
}

/** Names a picture in `PixelCache.renders`; begins with the patch's id and a slash. */
export function pictureKey(patchId: string, picture: Picture): string {
  return `${patchId}/${JSON.stringify(picture)}`
}

/**
 * Makes ready all that a view draws of a patch but its mask: base layer, the hillshade blended into it, overlay and
 * contours; from the cache where they are there.
 *
 * @param view choices of a pane; the state's own by default
 */
export async function renderBase(
  studio: Studio,
  patchId: string,
  view: StudioState = studio.store.getState(),
): Promise<void> {
  const pictures = [basePicture(view)]
  if (view.hillshadeBlend > 0 && view.baseLayer !== 'hillshade') pictures.push(shadePicture(view))
  await Promise.all([
    ...pictures.map(picture => renderPicture(studio, patchId, picture)),
    orNotice(studio, view.showContours && loadContours(studio, patchId, view.contourInterval)),
    orNotice(studio, view.showProbability && loadOverlay(studio, patchId, view)),
  ])
}

/** What lies over the image may fail: the patch is shown all the same, and a notice says what is missing. */
async function orNotice(studio: Studio, work: Promise<unknown> | false): Promise<void> {
  try {
    await work
  } catch (thrown) {
    notify(studio.store, 'error', toAppError(thrown).message)
  }
}

export async function renderPicture(
  studio: Studio,
  patchId: string,
  picture: Picture,
): Promise<RenderedLayer> {
  const key = pictureKey(patchId, picture)
  const cached = studio.pixels.renders.get(key)
  if (cached) return cached
  const rendered = await studio.files.call('render', { patchId, ...picture })
  studio.pixels.renders.set(key, rendered)
  return rendered
}
