import { toAppError } from '../../core/foundation/appError'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { isAuditing } from '../accuracy/selectors'
import { probabilityKey } from '../pixelCache'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { hasTwoPanes } from '../view/slice'
import { overlayKey } from './overlays'
import {
  basePicture,
  contoursKey,
  layersChanged,
  pictureKey,
  pictureReady,
  renderBase,
  shadePicture,
} from './pictures'
import { type LayersSlice, PANE_KEYS, type PaneId, type PaneView } from './slice'

/** What a point audit hides of every pane, whatever is chosen. */
const BLIND = { showMask: false, showProbability: false } as const

/** The state as a pane sees it: the active pane's choices are the state's own. */
export function paneState(state: StudioState, pane: PaneId): StudioState {
  const chosen = chosenState(state, pane)
  return isAuditing(state) ? { ...chosen, layers: { ...chosen.layers, ...BLIND } } : chosen
}

function chosenState(state: StudioState, pane: PaneId): StudioState {
  if (pane === state.layers.activePane || !hasTwoPanes(state.view.mode) || !state.layers.otherPane)
    return state
  return { ...state, layers: { ...state.layers, ...state.layers.otherPane } }
}

/** Whether the stage shows what has this key in the `PixelCache`: the selected patch as its panes draw it. */
export function isOnScreen(state: StudioState, key: string): boolean {
  const { selectedId } = state.view
  if (selectedId === null || !key.startsWith(selectedId)) return false
  if (key === selectedId || key === probabilityKey(selectedId, ENSEMBLE)) return true
  return (['first', 'second'] as const).some(pane => {
    const view = paneState(state, pane)
    return (
      key === pictureKey(selectedId, basePicture(view)) ||
      key === pictureKey(selectedId, shadePicture(view)) ||
      key === overlayKey(view, selectedId) ||
      key === contoursKey(selectedId, view.layers.contourInterval) ||
      key === probabilityKey(selectedId, view.layers.probabilityModel)
    )
  })
}

/** Gives the second pane choices of its own, the first time that two panes are shown. */
export function fillOtherPane({ store }: Pick<Studio, 'store'>): void {
  const { layers } = store.getState()
  if (layers.otherPane) return
  // It differs in what most tells a scar from a field: near infrared.
  const baseLayer = layers.baseLayer === 'false-colour' ? 'true-colour' : 'false-colour'
  store.change({ layers: { otherPane: { ...choicesOf(layers), baseLayer } } })
}

/** Makes a pane the one that the layers panel sets: the two change places in the state. */
export function activatePane(studio: Studio, pane: PaneId): void {
  const state = studio.store.getState()
  if (pane === state.layers.activePane || !state.layers.otherPane) return
  studio.store.change({
    layers: { ...state.layers.otherPane, otherPane: choicesOf(state.layers), activePane: pane },
  })
}

function choicesOf(layers: LayersSlice): PaneView {
  return Object.fromEntries(PANE_KEYS.map(key => [key, layers[key]])) as unknown as PaneView
}

/**
 * Keeps what the pane that is not active shows ready, whenever the patch, the mode or anything that it draws changes.
 *
 * @returns stops it
 */
export function watchOtherPane(studio: Studio): () => void {
  const { store } = studio
  return store.subscribe((state, before) => {
    const shown =
      hasTwoPanes(state.view.mode) && state.layers.otherPane && !state.view.loading
        ? state.view.selectedId
        : null
    if (!shown) return
    const view = paneState(state, otherPaneOf(state))
    const beginning =
      state.view.selectedId !== before.view.selectedId ||
      state.view.loading !== before.view.loading ||
      state.view.mode !== before.view.mode ||
      state.review.probabilityRevision[shown] !== before.review.probabilityRevision[shown]
    if (!beginning && !layersChanged(view, paneState(before, otherPaneOf(before)), shown)) return
    const draw = (): Promise<void> =>
      renderBase(studio, shown, view)
        .then(() => pictureReady(studio))
        .catch((thrown: unknown) => studio.jobs.report('pictures', toAppError(thrown), draw))
    void draw()
  })
}

function otherPaneOf({ layers: { activePane } }: StudioState): PaneId {
  return activePane === 'first' ? 'second' : 'first'
}
