import { toAppError } from '../../core/foundation/appError'
import { widenedWindow } from '../../core/masks/cellSpans'
import {
  type CleanedPart,
  cleanPart,
  fillHoles,
  majority,
  removeSmallLandslides,
} from '../../core/masks/cleanMask'
import { changedPixels, diffMasks } from '../../core/masks/maskDiff'
import { joinPieces } from '../../core/masks/mosaic'
import { regionOutline } from '../../core/masks/outlines'
import { IGNORE } from '../../core/patches/patch'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { windowOverlap } from '../../core/raster/windowOverlap'
import type { PatchRecord } from '../../core/review/records'
import { cellsOfScene, selectedPatch } from '../patches/selectors'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { beginEdit, refuseEdit } from './beginEdit'
import { maskToEdit, readMaskToEdit } from './editMask'
import type { CleanUpKind, EditSlice } from './slice'

interface CleanedPiece {
  patch: PatchRecord
  /** In the scene; of a patch by itself from its own corner. */
  window: PixelWindow
  mask: Uint8Array
  gate: (index: number) => boolean
}

/**
 * Outlines what a clean-up of the mask on screen would change; nothing is changed yet. Landslides and holes of a cell are
 * judged whole, with what the cells beside it have of them, which are read first.
 */
export async function previewCleanUp(studio: Studio, kind: CleanUpKind): Promise<void> {
  if (refuseEdit(studio)) return
  const state = studio.store.getState()
  const patch = selectedPatch(state)
  const held = patch && maskToEdit(studio, patch)
  if (!patch || !held) return
  const { width, height } = patch
  const own = { patch, window: patch.cell?.window ?? { column: 0, row: 0, width, height }, ...held }
  const others = cellsOfScene(state, patch).flatMap(cell =>
    cell.cell && cell.id !== patch.id ? [{ patch: cell, window: cell.cell.window }] : [],
  )
  const around = widenedWindow(own.window, 1)
  const isBeside = ({ window }: { window: PixelWindow }) => windowOverlap(window, around) !== null
  const beside = others.filter(isBeside)
  const revision = revisionOf(state, patch.id)
  try {
    const read = async (one: (typeof beside)[number]) => ({
      ...one,
      ...(await readMaskToEdit(studio, one.patch)),
    })
    const pieces = beside.length > 0 ? await Promise.all(beside.map(read)) : []
    const now = studio.store.getState()
    if (now.view.selectedId !== patch.id || revisionOf(now, patch.id) !== revision) return
    const beyond = others.filter(one => !isBeside(one)).map(({ window }) => window)
    showPreview(studio, kind, [own, ...pieces], beyond)
  } catch (thrown) {
    notify(studio.store, 'error', `Nothing was cleaned up: ${toAppError(thrown).message}`)
  }
}

/** @param pieces the patch on screen first, then the cells beside it */
function showPreview(
  studio: Studio,
  kind: CleanUpKind,
  pieces: readonly CleanedPiece[],
  beyond: readonly PixelWindow[],
): void {
  const { store, pixels } = studio
  const [own, ...beside] = pieces
  if (!own) return
  const joined = joinPieces(
    pieces.map(({ window, mask }) => ({ window, values: mask })),
    length => new Uint8Array(length).fill(IGNORE),
  )
  const { column, row, width, height } = joined.window
  const inRaster = (window: PixelWindow) => ({
    ...window,
    column: window.column - column,
    row: window.row - row,
  })
  const part: CleanedPart = {
    window: inRaster(own.window),
    reach: kind === 'majority' ? 'inside' : 'touching',
    beyond: beyond.map(inRaster),
  }
  const mask = joined.values
  const cleaned = cleanPart(mask, width, height, part, cleanerOf(kind, store.getState().edit))
  for (const { window, gate } of pieces) {
    const at = inRaster(window)
    for (let index = 0; index < window.width * window.height; index++) {
      const here = (at.row + Math.floor(index / window.width)) * width + at.column + (index % window.width)
      if (cleaned[here] !== mask[here] && !gate(index)) cleaned[here] = mask[here]!
    }
  }
  const diff = diffMasks(mask, cleaned)
  const isChanged = (index: number) => cleaned[index] !== mask[index]
  const whole = { column: 0, row: 0, width, height }
  const outline = regionOutline(width, height, isChanged, whole, part.window)
  const origin = { column: -part.window.column, row: -part.window.row }
  pixels.cleanUp = { diff, width, origin, outline }
  store.change(state => ({
    edit: {
      cleanUp: {
        kind,
        patchId: own.patch.id,
        revision: revisionOf(state, own.patch.id),
        beside: Object.fromEntries(beside.map(({ patch: { id } }) => [id, revisionOf(state, id)])),
        pixels: changedPixels(diff),
      },
      picked: null,
      outlineRevision: state.edit.outlineRevision + 1,
    },
  }))
}

function cleanerOf(
  kind: CleanUpKind,
  { cleanUpArea, cleanUpRadius }: Pick<EditSlice, 'cleanUpArea' | 'cleanUpRadius'>,
) {
  return (mask: Uint8Array, width: number, height: number): Uint8Array => {
    switch (kind) {
      case 'minimum-area':
        return removeSmallLandslides(mask, width, height, cleanUpArea)
      case 'holes':
        return fillHoles(mask, width, height, cleanUpArea)
      case 'majority':
        return majority(mask, width, height, cleanUpRadius)
    }
  }
}

/** Makes the change that is outlined, as one undoable step. */
export function applyCleanUp(studio: Studio): void {
  const { store, pixels } = studio
  const {
    edit: { cleanUp },
  } = store.getState()
  const preview = pixels.cleanUp
  const edit = cleanUp && preview && beginEdit(studio, 'scene')
  if (!edit) return
  cancelCleanUp(studio)
  const seen = Object.entries({ ...cleanUp.beside, [cleanUp.patchId]: cleanUp.revision })
  const isCurrent = seen.every(([id, revision]) => revisionOf(store.getState(), id) === revision)
  if (edit.patch.id !== cleanUp.patchId || !isCurrent) {
    edit.abandon()
    notify(store, 'information', 'The mask changed since the preview: preview the clean-up again.')
    return
  }
  edit.lay(preview.diff, preview.width, preview.origin)
  edit.finish()
}

function revisionOf({ review: { maskRevision } }: Pick<StudioState, 'review'>, patchId: string): number {
  return maskRevision[patchId] ?? 0
}

export function cancelCleanUp(studio: Studio): void {
  studio.pixels.cleanUp = null
  studio.store.change(state => ({ edit: { cleanUp: null, outlineRevision: state.edit.outlineRevision + 1 } }))
}
