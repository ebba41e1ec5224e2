import { toAppError } from '../../core/foundation/appError'
import { notify } from '../notify'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { overlayKey } from './loadOverlay'
import { renderBase } from './renderBase'

/** Choices after which something has to be drawn anew. */
const CHOICES: readonly (keyof StudioState)[] = [
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
    CHOICES.some(key => state[key] !== before[key]) ||
    state.hillshadeBlend > 0 !== before.hillshadeBlend > 0 ||
    (state.showProbability && overlayKey(state, patchId) !== overlayKey(before, patchId))
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
      const { selectedId } = store.getState()
      try {
        if (selectedId) await renderBase(studio, selectedId)
      } catch (thrown) {
        notify(store, 'error', toAppError(thrown).message)
      }
      store.setState(current => ({ renderRevision: current.renderRevision + 1 }))
    }
    running = false
  }
  return store.subscribe((state, before) => {
    if (state.phase !== 'ready' || before.phase !== 'ready' || !state.selectedId) return
    if (layersChanged(state, before, state.selectedId)) void refresh()
  })
}
