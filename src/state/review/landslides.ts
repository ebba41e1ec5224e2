import { toAppError } from '../../core/foundation/appError'
import { forEachPixel, labelComponents } from '../../core/masks/components'
import { type Landslide, type LandslideOrder, orderLandslides } from '../../core/masks/landslideAttributes'
import { diffMasks } from '../../core/masks/maskDiff'
import { BACKGROUND, IGNORE } from '../../core/patches/patch'
import { beginEdit } from '../edit/beginEdit'
import { selectedPatch } from '../patches/selectors'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import type { ViewSlice } from '../view/slice'
import type { ReviewSlice } from './slice'

/** Whether the list is of the mask that is on screen now; otherwise it is about to be made again. */
export function landslidesAreCurrent(state: StudioState): boolean {
  const {
    review: { landslides },
    view: { selectedId },
  } = state
  return (
    landslides !== null &&
    landslides.patchId === selectedId &&
    landslides.revision === (state.review.maskRevision[selectedId] ?? 0)
  )
}

/** Landslides of the patch on screen as they are listed; empty where they are of another patch. */
export function listedLandslides({
  review: { landslides, landslideOrder },
  view: { selectedId },
}: {
  review: Pick<ReviewSlice, 'landslides' | 'landslideOrder'>
  view: Pick<ViewSlice, 'selectedId'>
}): Landslide[] {
  return landslides?.patchId === selectedId ? orderLandslides(landslides.list, landslideOrder) : []
}

/** The landslide that is outlined; null: none, or its mask has changed. */
export function selectedLandslide(state: StudioState): Landslide | null {
  if (!landslidesAreCurrent(state)) return null
  return state.review.landslides?.list.find(({ number }) => number === state.review.selectedLandslide) ?? null
}

/** Whether the selected landslide may be taken out. */
export function canChangeLandslide(state: StudioState): boolean {
  return selectedLandslide(state) !== null && selectedPatch(state) !== null && !state.view.loading
}

/** Lists the landslides of the mask on screen; found in a worker, so that a large mask stops nobody. */
export async function findLandslides(studio: Studio): Promise<void> {
  const state = studio.store.getState()
  const patch = selectedPatch(state)
  const mask = patch && studio.pixels.masks.get(patch.id)
  if (!patch || !mask) {
    studio.store.change({ review: { landslides: null, landslidesError: null, selectedLandslide: null } })
    return
  }
  const revision = state.review.maskRevision[patch.id] ?? 0
  const isStale = () => {
    const now = studio.store.getState()
    return now.view.selectedId !== patch.id || (now.review.maskRevision[patch.id] ?? 0) !== revision
  }
  try {
    const list = await studio.files.call('landslides', { patchId: patch.id, mask })
    if (isStale()) return
    const selected = keptSelection(studio, patch.id, list.length)
    studio.store.change({
      review: {
        landslides: { patchId: patch.id, revision, list },
        landslidesError: null,
        selectedLandslide: selected,
      },
    })
  } catch (thrown) {
    if (isStale()) return
    studio.store.change({ review: { landslides: null, landslidesError: toAppError(thrown).message } })
  }
}

/** After one was taken out, the selection is where `changeLandslide` put it; on another patch there is none. */
function keptSelection(studio: Studio, patchId: string, count: number): number | null {
  const {
    review: { landslides, selectedLandslide: number },
  } = studio.store.getState()
  if (landslides?.patchId !== patchId || number === null || number > count) return null
  return number
}

export function setLandslideOrder({ store }: Pick<Studio, 'store'>, order: LandslideOrder): void {
  store.change({ review: { landslideOrder: order } })
}

/** Outlines a landslide and brings it into view; null: none. */
export function selectLandslide(studio: Studio, number: number | null): void {
  studio.store.change(state => ({
    review: {
      selectedLandslide: number,
      landslideRequest: state.review.landslideRequest + (number === null ? 0 : 1),
    },
  }))
}

/** The next or previous in the list as it is ordered, round and round. */
export function stepLandslide(studio: Studio, by: 1 | -1): void {
  const state = studio.store.getState()
  const list = listedLandslides(state)
  if (list.length === 0) return
  const at = list.findIndex(({ number }) => number === state.review.selectedLandslide)
  const next = at < 0 ? (by > 0 ? 0 : list.length - 1) : (at + by + list.length) % list.length
  selectLandslide(studio, list[next]!.number)
}

/**
 * Takes the selected landslide out of the mask, or has training ignore it, as one stroke that can be undone; the next in
 * the list is selected. A verdict given before no longer holds, as after any stroke. Protected classes and ranges hold
 * as for a brush: what they keep of it stays, and is said.
 */
export function changeLandslide(studio: Studio, to: 'background' | 'ignore'): void {
  const state = studio.store.getState()
  const landslide = selectedLandslide(state)
  const edit = landslide && beginEdit(studio, 'patch')
  if (!edit) return
  const { width, height } = edit.patch
  const changed = edit.mask.slice()
  const value = to === 'background' ? BACKGROUND : IGNORE
  forEachPixel(labelComponents(edit.mask, width, height), landslide.number, index => {
    changed[index] = value
  })
  edit.lay(diffMasks(edit.mask, changed))
  const order = listedLandslides(state).map(({ number }) => number)
  edit.finish(pixels => {
    const left = landslide.pixels - pixels
    if (left === 0) {
      selectLandslide(studio, numberAfter(order, landslide.number))
      return
    }
    // What stays may get other numbers: the next removal must not hit another landslide.
    if (pixels > 0) selectLandslide(studio, null)
    const what = pixels > 0 ? `${left} of its ${landslide.pixels} pixels stay` : 'The landslide stays'
    notify(studio.store, 'information', `${what}: protected, or outside the ranges that limit edits.`)
  })
}

/** Who is looked at once this one is gone: the next in the list, else the one before; numbers above it move down. */
function numberAfter(order: readonly number[], gone: number): number | null {
  const at = order.indexOf(gone)
  const next = order[at + 1] ?? order[at - 1]
  if (next === undefined) return null
  return next > gone ? next - 1 : next
}
