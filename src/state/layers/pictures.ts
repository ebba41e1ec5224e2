import { toAppError } from '../../core/foundation/appError'
import { type BaseLayer, layerChannels } from '../../core/patches/baseLayers'
import type { Contours } from '../../core/patches/relief'
import type { RenderedLayer, RenderOptions } from '../../core/patches/renderLayer'
import type { ChannelHistogram } from '../../core/patches/stretch'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { loadOverlay, overlayKey } from './overlays'
import type { LayersSlice } from './slice'

/** A picture of a patch: a layer and everything that its pixels depend on. */
export type Picture = { layer: BaseLayer } & Omit<RenderOptions, 'cellSize'>

type PictureChoices = Pick<StudioState, 'layers'>

/** The base layer as chosen. A composite's picture does not change with the sun, nor a hillshade's with the stretch. */
export function basePicture(view: PictureChoices): Picture {
  const layer = view.layers.baseLayer
  if (layer === 'hillshade') return shadePicture(view)
  const limits = view.layers.stretches[layer]
  return {
    layer,
    percentile: view.layers.percentile,
    ...(layer === 'custom' && { channels: view.layers.customChannels }),
    ...(layer === 'index' && { channels: [view.layers.indexExpression] }),
    ...(limits?.some(Boolean) && { limits }),
  }
}

/** The relief, as a base layer or to be blended in. */
export function shadePicture({ layers: { sunAzimuth, sunAltitude } }: PictureChoices): Picture {
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
  if (view.layers.hillshadeBlend > 0 && view.layers.baseLayer !== 'hillshade')
    pictures.push(shadePicture(view))
  await Promise.all([
    ...pictures.map(picture => renderPicture(studio, patchId, picture)),
    orNotice(
      studio,
      patchId,
      view,
      view.layers.showContours && loadContours(studio, patchId, view.layers.contourInterval),
    ),
    orNotice(studio, patchId, view, view.layers.showProbability && loadOverlay(studio, patchId, view)),
  ])
}

/** What lies over the image may fail: the patch is shown all the same, and a notice says what is missing. */
async function orNotice(
  studio: Studio,
  patchId: string,
  view: StudioState,
  work: Promise<unknown> | false,
): Promise<void> {
  try {
    await work
  } catch (thrown) {
    const again = () => renderBase(studio, patchId, view).then(() => pictureReady(studio))
    studio.jobs.report('pictures', toAppError(thrown), again)
  }
}

/** Has those who draw the selected patch look for what was made ready. */
export function pictureReady({ store }: Pick<Studio, 'store'>): void {
  store.change(({ layers }) => ({ layers: { renderRevision: layers.renderRevision + 1 } }))
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

/** @param interval metres; 0: chosen by the relief. */
export function contoursKey(patchId: string, interval: number): string {
  return `${patchId}/${interval}`
}

async function loadContours(studio: Studio, patchId: string, interval: number): Promise<Contours> {
  const key = contoursKey(patchId, interval)
  const cached = studio.pixels.contours.get(key)
  if (cached) return cached
  const lines = await studio.files.call('contours', { patchId, interval: interval > 0 ? interval : null })
  studio.pixels.contours.set(key, lines)
  return lines
}

/** Histograms of band expressions over a patch, in their order. */
export async function loadHistograms(
  studio: Studio,
  patchId: string,
  channels: readonly string[],
): Promise<ChannelHistogram[]> {
  const key = `${patchId}/${JSON.stringify(channels)}`
  const cached = studio.pixels.histograms.get(key)
  if (cached) return cached
  const histograms = await studio.files.call('histograms', { patchId, channels })
  studio.pixels.histograms.set(key, histograms)
  return histograms
}

/** Band expressions of the base layer as chosen: red, green, blue, or one; none for the hillshade. */
export function shownChannels({
  layers: { baseLayer, customChannels, indexExpression },
}: PictureChoices): readonly string[] {
  return layerChannels(baseLayer, baseLayer === 'index' ? [indexExpression] : customChannels)
}

/** Choices after which something has to be drawn again. */
const CHOICES: readonly (keyof LayersSlice)[] = [
  'baseLayer',
  'percentile',
  'customChannels',
  'indexExpression',
  'stretches',
  'sunAzimuth',
  'sunAltitude',
  'showContours',
  'contourInterval',
  'showProbability',
]

export function layersChanged(state: StudioState, before: StudioState, patchId: string): boolean {
  return (
    CHOICES.some(key => state.layers[key] !== before.layers[key]) ||
    state.layers.hillshadeBlend > 0 !== before.layers.hillshadeBlend > 0 ||
    (state.layers.showProbability && overlayKey(state, patchId) !== overlayKey(before, patchId))
  )
}

/**
 * Keeps the layers of the selected patch ready as they are chosen. While one picture is made further choices wait, and
 * only the last of them is drawn: a handle that is dragged never queues up work.
 *
 * @returns stops it
 */
export function watchLayers(studio: Studio): () => void {
  const { store } = studio
  let running = false
  let again = false
  const refresh = async () => {
    again = true
    if (running) return
    running = true
    while (again) {
      again = false
      const {
        view: { selectedId },
      } = store.getState()
      try {
        if (selectedId) await renderBase(studio, selectedId)
      } catch (thrown) {
        studio.jobs.report('pictures', toAppError(thrown), refresh)
      }
      pictureReady(studio)
    }
    running = false
  }
  return store.subscribe((state, before) => {
    if (state.session.phase !== 'ready' || before.session.phase !== 'ready' || !state.view.selectedId) return
    if (layersChanged(state, before, state.view.selectedId)) void refresh()
  })
}
