import { toAppError } from '../../core/foundation/appError'
import { notify } from '../notify'
import { hasTwoPanes, PANE_KEYS, type PaneId, type PaneView, type ViewMode } from '../slices/viewModeSlice'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { renderBase } from './renderBase'
import { layersChanged } from './watchLayers'

/** The state as a pane sees it: the active pane's choices are the state's own. */
export function paneState(state: StudioState, pane: PaneId): StudioState {
  if (pane === state.activePane || !hasTwoPanes(state.viewMode) || !state.otherPane) return state
  return { ...state, ...state.otherPane }
}

/** Goes to a mode; asked for the one that is on, back to the single patch. */
export function toggleViewMode(studio: Studio, mode: ViewMode): void {
  showViewMode(studio, studio.store.getState().viewMode === mode ? 'single' : mode)
}

export function showViewMode(studio: Studio, viewMode: ViewMode): void {
  const state = studio.store.getState()
  if (viewMode === state.viewMode) return
  // The first time, the second pane differs in what most tells a scar from a field: near infrared.
  const otherPane = state.otherPane ?? {
    ...choicesOf(state),
    baseLayer: state.baseLayer === 'false-colour' ? 'true-colour' : 'false-colour',
  }
  studio.store.setState({ viewMode, ...(hasTwoPanes(viewMode) && { otherPane }) })
}

/** Makes a pane the one that the layers panel sets: the two change places in the state. */
export function activatePane(studio: Studio, pane: PaneId): void {
  const state = studio.store.getState()
  if (pane === state.activePane || !state.otherPane) return
  studio.store.setState({ ...state.otherPane, otherPane: choicesOf(state), activePane: pane })
}

function choicesOf(state: StudioState): PaneView {
  return Object.fromEntries(PANE_KEYS.map(key => [key, state[key]])) as unknown as PaneView
}

/**
 * Keeps what the pane that is not active shows ready, whenever the patch, the mode or anything that it draws changes.
 *
 * @returns stops it
 */
export function watchOtherPane(studio: Studio): () => void {
  const { store } = studio
  return store.subscribe((state, before) => {
    const shown = hasTwoPanes(state.viewMode) && state.otherPane && !state.loading ? state.selectedId : null
    if (!shown) return
    const view = paneState(state, otherPaneOf(state))
    const beginning =
      state.selectedId !== before.selectedId ||
      state.loading !== before.loading ||
      state.viewMode !== before.viewMode ||
      state.probabilityRevision[shown] !== before.probabilityRevision[shown]
    if (!beginning && !layersChanged(view, paneState(before, otherPaneOf(before)), shown)) return
    renderBase(studio, shown, view)
      .then(() => store.setState(current => ({ renderRevision: current.renderRevision + 1 })))
      .catch((thrown: unknown) => notify(store, 'error', toAppError(thrown).message))
  })
}

function otherPaneOf({ activePane }: StudioState): PaneId {
  return activePane === 'first' ? 'second' : 'first'
}
