import { type Landslide, orderLandslides } from '../core/review/landslideAttributes'
import { isReviewable, selectedPatch } from './selectors'
import type { StudioState } from './studioState'

/** Whether the list is of the mask that is on screen now; otherwise it is about to be made anew. */
export function landslidesAreCurrent(state: StudioState): boolean {
  const { landslides, selectedId } = state
  return (
    landslides !== null &&
    landslides.patchId === selectedId &&
    landslides.revision === (state.maskRevision[selectedId] ?? 0)
  )
}

/** Landslides of the patch on screen as they are listed; empty where they are of another patch. */
export function listedLandslides({
  landslides,
  selectedId,
  landslideOrder,
}: Pick<StudioState, 'landslides' | 'selectedId' | 'landslideOrder'>): Landslide[] {
  return landslides?.patchId === selectedId ? orderLandslides(landslides.list, landslideOrder) : []
}

/** The landslide that is outlined; null: none, or its mask has changed. */
export function selectedLandslide(state: StudioState): Landslide | null {
  if (!landslidesAreCurrent(state)) return null
  return state.landslides?.list.find(({ number }) => number === state.selectedLandslide) ?? null
}

/** Whether the selected landslide may be taken out: labels are looked at, never changed. */
export function canChangeLandslide(state: StudioState): boolean {
  return selectedLandslide(state) !== null && isReviewable(selectedPatch(state)) && !state.loading
}
