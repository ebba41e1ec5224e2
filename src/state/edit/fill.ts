import { regionOutline } from '../../core/masks/outlines'
import {
  floodFill,
  type PixelPoint,
  type PixelSpans,
  spanPixels,
  spanWindow,
} from '../../core/masks/pixelSpans'
import { spectralDistance } from '../../core/masks/spectralLikeness'
import { BANDS } from '../../core/patches/bands'
import { BACKGROUND } from '../../core/patches/patch'
import type { PatchRecord } from '../../core/review/records'
import { selectedPatch } from '../patches/selectors'
import { probabilityKey } from '../pixelCache'
import { closeDialog, openDialog } from '../shell/actions'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import { beginEdit, editObstacle } from './beginEdit'
import { clampValue } from './clamps'
import { maskToEdit } from './editMask'
import type { MaskClass } from './slice'

/** A fill that changes more than this share of a patch is asked about first: landslides are seldom that large. */
const LARGE_SHARE = 0.25

/** Pixels after which a preview ends, so that it follows the pointer on a scene too. */
const MOST_PREVIEWED = 65_536

/**
 * Sets the pixels that are connected to this one and alike to the paint class (subtracting, to background). The fill
 * spreads only over pixels that it may change: clamps and protected classes hold it up like walls. A large one is asked
 * about first.
 *
 * @param alt inverts add and subtract
 * @param confirmed a large one was agreed to
 */
export function fillAt(studio: Studio, at: PixelPoint, alt = false, confirmed = false): void {
  const edit = beginEdit(studio, 'patch')
  if (!edit) return
  const { patch, mask, gate } = edit
  const spans = spread(studio, patch, mask, gate, at)
  const value = paints(studio, alt)
  const share = changed(spans, mask, value) / mask.length
  if (share > LARGE_SHARE && !confirmed) {
    edit.finish()
    studio.store.change({ edit: { largeFill: { patchId: patch.id, at, alt, share } } })
    openDialog(studio, 'large-fill')
    return
  }
  edit.paint(spans, value)
  clearFillPreview(studio)
  edit.finish(count => {
    if (count > 0) return
    notify(
      studio.store,
      'information',
      spanPixels(spans) === 0
        ? 'Nothing filled: this pixel is clamped, protected or has no value.'
        : 'Nothing filled: these pixels already have that class.',
    )
  })
}

/** Makes the large fill that was asked about, unless another patch is on screen by now. */
export function confirmLargeFill(studio: Studio): void {
  const { edit, view } = studio.store.getState()
  const { largeFill } = edit
  closeDialog(studio, 'large-fill')
  studio.store.change({ edit: { largeFill: null } })
  if (largeFill && largeFill.patchId === view.selectedId) fillAt(studio, largeFill.at, largeFill.alt, true)
}

/**
 * Outlines what a fill at this place would take; null, or where nothing can be filled, outlines nothing. Call it at every
 * move and change: it works only where the pixel or something that a fill depends on is another.
 */
export function previewFill(studio: Studio, at: PixelPoint | null): void {
  const state = studio.store.getState()
  const patch = selectedPatch(state)
  const held = patch && maskToEdit(studio, patch)
  if (!at || !patch || !held || state.edit.tool !== 'fill' || editObstacle(state)) {
    clearFillPreview(studio)
    return
  }
  const of = dependencies(studio, patch, at)
  if (state.edit.fillPreview?.of === of) return
  const spans = spread(studio, patch, held.mask, held.gate, at, MOST_PREVIEWED)
  const { width, height } = patch
  const window = spanWindow(spans, width)
  if (!window) {
    clearFillPreview(studio)
    return
  }
  const inside = new Uint8Array(width * height)
  for (const [run, first] of spans.starts.entries()) inside.fill(1, first, first + spans.lengths[run]!)
  studio.pixels.fillPreview = regionOutline(width, height, index => inside[index] === 1, window)
  const pixels = spanPixels(spans)
  studio.store.change(({ edit, review }) => ({
    edit: {
      fillPreview: {
        patchId: patch.id,
        revision: review.maskRevision[patch.id] ?? 0,
        of,
        pixels,
        more: pixels >= MOST_PREVIEWED,
      },
      outlineRevision: edit.outlineRevision + 1,
    },
  }))
}

/** All that `spread` and its gate read, as one text: the same text, the same fill. */
function dependencies(studio: Studio, { id }: PatchRecord, { column, row }: PixelPoint): string {
  const { edit, review, layers } = studio.store.getState()
  return JSON.stringify([
    [id, Math.floor(column), Math.floor(row), review.maskRevision[id], review.probabilityRevision[id]],
    // Until the probability of one network is read, the ensemble's stands in for it.
    [layers.probabilityModel, !studio.pixels.probabilities.get(probabilityKey(id, layers.probabilityModel))],
    [edit.fillBy, edit.fillSpectralTolerance, edit.fillTolerance, edit.fillBand, edit.fillBandTolerance],
    [edit.clamps, edit.clampIndex, edit.protectedClasses],
  ])
}

/** Takes the outline of the fill away. */
export function clearFillPreview(studio: Studio): void {
  if (!studio.store.getState().edit.fillPreview) return
  studio.pixels.fillPreview = null
  studio.store.change(({ edit }) => ({
    edit: { fillPreview: null, outlineRevision: edit.outlineRevision + 1 },
  }))
}

function paints(studio: Studio, alt: boolean): MaskClass {
  const { subtract, paintClass } = studio.store.getState().edit
  return subtract !== alt ? BACKGROUND : paintClass
}

/** The pixels that are connected to this one, like it, and may be changed. */
function spread(
  studio: Studio,
  patch: PatchRecord,
  mask: Uint8Array,
  gate: (index: number) => boolean,
  { column, row }: PixelPoint,
  most?: number,
): PixelSpans {
  const { width, height } = patch
  const start = { column: Math.floor(column), row: Math.floor(row) }
  const outside = start.column < 0 || start.row < 0 || start.column >= width || start.row >= height
  if (outside) return { starts: [], lengths: [] }
  const alike = likeness(studio, patch, mask, start.row * width + start.column)
  return floodFill(width, height, start, index => alike(index) && gate(index), most)
}

function changed({ starts, lengths }: PixelSpans, mask: Uint8Array, value: MaskClass): number {
  let count = 0
  for (const [run, first] of starts.entries()) {
    for (let index = first; index < first + lengths[run]!; index++) if (mask[index] !== value) count++
  }
  return count
}

/** Whether a pixel is like the first one in what the fill compares. */
function likeness(
  studio: Studio,
  patch: PatchRecord,
  mask: Uint8Array,
  first: number,
): (index: number) => boolean {
  const { edit } = studio.store.getState()
  const area = patch.width * patch.height
  const pixels = studio.pixels.pixels.get(patch.id)
  switch (edit.fillBy) {
    case 'mask': {
      const value = mask[first]
      return index => mask[index] === value
    }
    case 'probability': {
      const valueAt = clampValue(studio, patch, 'probability')
      const value = valueAt(first)
      return index => Math.abs(valueAt(index) - value) <= edit.fillTolerance
    }
    case 'spectrum': {
      if (!pixels) return () => false
      const distance = spectralDistance(pixels.data, area, pixels.valid, first)
      return index => distance(index) <= edit.fillSpectralTolerance
    }
    case 'band': {
      const band = Math.min(BANDS.length - 1, Math.max(0, edit.fillBand)) * area
      const value = pixels?.data[band + first] ?? Number.NaN
      const reach = Math.abs(value) * edit.fillBandTolerance
      return index => Math.abs((pixels?.data[band + index] ?? Number.NaN) - value) <= reach
    }
  }
}
