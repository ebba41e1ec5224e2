import { toAppError } from '../../core/foundation/appError'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { setLayers } from '../layers/actions'
import { fillOtherPane } from '../layers/panes'
import { renderBase } from '../layers/pictures'
import { neighbour, patchById, selectedPatch } from '../patches/selectors'
import { loadMask, loadPixels, loadProbability, loadShownProbability } from '../review/masks'
import type { Studio } from '../studio'
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

/** Shows a patch, unless it is shown. @returns whether it is on screen with its mask; false: it could not be read, or
 * another was selected meanwhile */
export function showPatch(studio: Studio, id: string): Promise<boolean> {
  const { store } = studio
  if (store.getState().view.selectedId !== id) void selectPatch(studio, id)
  return new Promise(resolve => {
    const look = () => {
      const { selectedId, loading, loadError } = store.getState().view
      if (selectedId === id && loading) return
      stop()
      resolve(selectedId === id && loadError === null)
    }
    const stop = store.subscribe(look)
    look()
  })
}

/** Tries once more to read the patch on screen. */
export function readAgain(studio: Studio): Promise<void> {
  return selectPatch(studio, studio.store.getState().view.selectedId)
}

/** Reads again what a prediction or another network changed on the selected patch. */
export async function refreshSelected(studio: Studio): Promise<void> {
  const patch = selectedPatch(studio.store.getState())
  if (!patch) return
  await loadPixels(studio, patch.id)
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

/** Goes to a mode; asked for the one that is on, back to the single patch. */
export function toggleViewMode(studio: Studio, mode: ViewMode): void {
  showViewMode(studio, studio.store.getState().view.mode === mode ? 'single' : mode)
}

export function showViewMode(studio: Studio, mode: ViewMode): void {
  if (mode === studio.store.getState().view.mode) return
  if (hasTwoPanes(mode)) fillOtherPane(studio)
  set(studio, { mode })
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

/** @param key of a coordinate system of the map's rasters; null: that of the selected patch */
export function setMapSystem(studio: Holder, key: string | null): void {
  set(studio, { mapCrs: key })
}

export function showMinimap(studio: Holder, open: boolean): void {
  set(studio, { minimap: open })
}

export function showInspector(studio: Holder, open: boolean): void {
  set(studio, { inspecting: open })
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
