import { fillHoles, majority, removeSmallLandslides } from '../../core/masks/cleanMask'
import { changedPixels, diffMasks } from '../../core/masks/maskDiff'
import { regionOutline } from '../../core/masks/outlines'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { beginEdit } from './beginEdit'
import type { CleanUpKind } from './slice'

/** Outlines what a clean-up of the mask on screen would change; nothing is changed yet. */
export function previewCleanUp(studio: Studio, kind: CleanUpKind): void {
  const { store, pixels } = studio
  const edit = beginEdit(studio, 'patch')
  if (!edit) return
  const { patch, mask, gate } = edit
  edit.finish()
  const { width, height } = patch
  const {
    edit: { cleanUpArea, cleanUpRadius },
  } = store.getState()
  const cleaned =
    kind === 'minimum-area'
      ? removeSmallLandslides(mask, width, height, cleanUpArea)
      : kind === 'holes'
        ? fillHoles(mask, width, height, cleanUpArea)
        : majority(mask, width, height, cleanUpRadius)
  for (let index = 0; index < cleaned.length; index++) {
    if (cleaned[index] !== mask[index] && !gate(index)) cleaned[index] = mask[index]!
  }
  const diff = diffMasks(mask, cleaned)
  const outline = regionOutline(width, height, index => cleaned[index] !== mask[index])
  pixels.cleanUp = { diff, outline }
  store.change(state => ({
    edit: {
      cleanUp: {
        kind,
        patchId: patch.id,
        revision: revisionOf(state, patch.id),
        pixels: changedPixels(diff),
      },
      picked: null,
      outlineRevision: state.edit.outlineRevision + 1,
    },
  }))
}

/** Makes the change that is outlined, as one undoable step. */
export function applyCleanUp(studio: Studio): void {
  const { store, pixels } = studio
  const {
    edit: { cleanUp },
  } = store.getState()
  const preview = pixels.cleanUp
  const edit = cleanUp && preview && beginEdit(studio, 'patch')
  if (!edit) return
  cancelCleanUp(studio)
  if (edit.patch.id !== cleanUp.patchId || revisionOf(store.getState(), edit.patch.id) !== cleanUp.revision) {
    edit.abandon()
    notify(store, 'information', 'The mask changed since the preview: preview the clean-up again.')
    return
  }
  edit.lay(preview.diff)
  edit.finish()
}

function revisionOf({ review: { maskRevision } }: Pick<StudioState, 'review'>, patchId: string): number {
  return maskRevision[patchId] ?? 0
}

export function cancelCleanUp(studio: Studio): void {
  studio.pixels.cleanUp = null
  studio.store.change(state => ({ edit: { cleanUp: null, outlineRevision: state.edit.outlineRevision + 1 } }))
}
