import { toAppError } from '../../core/foundation/appError'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { setLayers } from '../layers/actions'
import { layersChanged, renderBase } from '../layers/pictures'
import { type LayersSlice, PANE_KEYS, type PaneId, type PaneView } from '../layers/slice'
import { neighbour, patchById, selectedPatch } from '../patches/selectors'
import { loadMask, loadPixels, loadProbability } from '../review/masks'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { hasTwoPanes, MAX_SWIPE, MIN_SWIPE, type ViewMode, type ViewSlice, viewPreferences } from './slice'

type Holder = Pick<Studio, 'store'>

function set({ store }: Holder, change: Partial<ViewSlice>): void {
  store.change({ view: viewPreferences.sound(change) })
}

/** Shows a patch; what it needs is read, then its neighbours' pictures are made ready. */
export async function selectPatch(studio: Studio, id: string | null): Promise<void> {
  const patch = patchById(studio.store.getState(), id)
  studio.store.change({ view: { selectedId: patch?.id ?? null, loading: patch !== null, loadError: null } })
  if (!patch) return
  try {
    await Promise.all([loadPixels(studio, patch.id), renderBase(studio, patch.id)])
    await Promise.all([loadMask(studio, patch), loadShownProbability(studio, patch.id)])
    if (studio.store.getState().view.selectedId !== patch.id) return
    studio.store.change({ view: { loading: false } })
    await Promise.all(
      ([1, -1] as const).map(async offset => {
        const near = neighbour(studio.store.getState(), offset)
        if (near) await renderBase(studio, near.id)
      }),
    )
  } catch (thrown) {
    if (studio.store.getState().view.selectedId !== patch.id) return
    studio.store.change({ view: { loading: false, loadError: toAppError(thrown).message } })
  }
}

async function loadShownProbability(studio: Studio, id: string): Promise<void> {
  const {
    layers: { probabilityModel },
  } = studio.store.getState()
  const before = studio.store.getState().review.probabilityRevision[id] ?? 0
  await loadProbability(studio, id, probabilityModel)
  studio.store.change(state => ({
    review: { probabilityRevision: { ...state.review.probabilityRevision, [id]: before + 1 } },
  }))
}

/** Reads again what a prediction or another network changed on the selected patch. */
export async function refreshSelected(studio: Studio): Promise<void> {
  const patch = selectedPatch(studio.store.getState())
  if (!patch) return
  await loadShownProbability(studio, patch.id)
  await loadMask(studio, patch)
}

export async function showProbabilityOf(studio: Studio, modelId: string): Promise<void> {
  setLayers(studio, { probabilityModel: modelId, showProbability: true })
  await refreshSelected(studio)
}

export function selectNeighbour(studio: Studio, offset: 1 | -1): void {
  const patch = neighbour(studio.store.getState(), offset)
  if (patch) void selectPatch(studio, patch.id)
}

/** The state as a pane sees it: the active pane's choices are the state's own. */
export function paneState(state: StudioState, pane: PaneId): StudioState {
  if (pane === state.layers.activePane || !hasTwoPanes(state.view.mode) || !state.layers.otherPane)
    return state
  return { ...state, layers: { ...state.layers, ...state.layers.otherPane } }
}

/** Goes to a mode; asked for the one that is on, back to the single patch. */
export function toggleViewMode(studio: Studio, mode: ViewMode): void {
  showViewMode(studio, studio.store.getState().view.mode === mode ? 'single' : mode)
}

export function showViewMode(studio: Studio, viewMode: ViewMode): void {
  const state = studio.store.getState()
  if (viewMode === state.view.mode) return
  // The first time, the second pane differs in what most tells a scar from a field: near infrared.
  const otherPane = state.layers.otherPane ?? {
    ...choicesOf(state.layers),
    baseLayer: state.layers.baseLayer === 'false-colour' ? 'true-colour' : 'false-colour',
  }
  studio.store.change({ ...(hasTwoPanes(viewMode) && { layers: { otherPane } }), view: { mode: viewMode } })
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
    renderBase(studio, shown, view)
      .then(() => store.change(current => ({ view: { renderRevision: current.view.renderRevision + 1 } })))
      .catch((thrown: unknown) => notify(store, 'error', toAppError(thrown).message))
  })
}

function otherPaneOf({ layers: { activePane } }: StudioState): PaneId {
  return activePane === 'first' ? 'second' : 'first'
}

/** Brings the whole patch back into view. */
export function fitView(studio: Holder): void {
  set(studio, { fitRequest: studio.store.getState().view.fitRequest + 1 })
}

/** @param steps in; negative: out */
export function zoomBy(studio: Holder, steps: number): void {
  set(studio, { zoomRequest: studio.store.getState().view.zoomRequest + steps })
}

/** Moves the camera by steps right and down. */
export function moveView(studio: Holder, right: number, down: number): void {
  const { panRequest } = studio.store.getState().view
  set(studio, { panRequest: { right: panRequest.right + right, down: panRequest.down + down } })
}

/** Lets a drag pan whatever the tool, while a key is held. */
export function holdPan(studio: Holder, panning: boolean): void {
  set(studio, { panning })
}

/** @param at share of the stage's width left of the divider, held where the divider can be taken back */
export function moveSwipe(studio: Holder, at: number): void {
  set(studio, { swipeAt: Math.min(MAX_SWIPE, Math.max(MIN_SWIPE, at)) })
}

export function setSheet(
  studio: Holder,
  change: Partial<Pick<ViewSlice, 'sheetContent' | 'sheetSize'>>,
): void {
  set(studio, change)
}

/** @param key of a coordinate system of the map's rasters */
export function setMapSystem(studio: Holder, key: string): void {
  set(studio, { mapCrs: key })
}

export function showInspector(studio: Holder, open: boolean): void {
  set(studio, { inspecting: open })
}

/** Has the inspector read this pixel of the selected patch, or the nearest one inside it. */
export function inspectPixel(studio: Holder, { column, row }: { column: number; row: number }): void {
  const patch = selectedPatch(studio.store.getState())
  if (!patch) return
  const inside = (value: number, size: number) => Math.min(size - 1, Math.max(0, value))
  set(studio, { inspectedPixel: { column: inside(column, patch.width), row: inside(row, patch.height) } })
}

/** Reads all that the inspector tells of a pixel of this patch: bands, and the ensemble's and networks' probabilities. */
export async function loadInspected(studio: Studio, patchId: string): Promise<void> {
  const patch = patchById(studio.store.getState(), patchId)
  const models = [ENSEMBLE, ...(patch?.predictedBy ?? [])]
  await Promise.all([
    loadPixels(studio, patchId),
    ...models.map(model => loadProbability(studio, patchId, model)),
  ])
}
