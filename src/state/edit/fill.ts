import { toAppError } from '../../core/foundation/appError'
import { regionOutline } from '../../core/masks/outlines'
import {
  floodFill,
  type PixelPoint,
  type PixelSpans,
  spanPixels,
  spanWindow,
} from '../../core/masks/pixelSpans'
import { BACKGROUND } from '../../core/patches/patch'
import type { PatchRecord } from '../../core/review/records'
import { selectedPatch } from '../patches/selectors'
import { probabilityKey } from '../pixelCache'
import { closeDialog, openDialog } from '../shell/actions'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import { beginEdit, type Edit, editObstacle, refuseEdit } from './beginEdit'
import { FillRaster, likeness, readToFill } from './fillRaster'
import type { MaskClass } from './slice'

/** A fill that changes more than this share of a patch is asked about first: landslides are seldom that large. */
const LARGE_SHARE = 0.25

/** Pixels after which a preview ends, so that it follows the pointer on a scene too. */
const MOST_PREVIEWED = 65_536

/**
 * Sets the pixels that are connected to this one and alike to the paint class (subtracting, to background). The fill
 * spreads only over pixels that it may change: clamps and protected classes hold it up like walls; from a cell on the map
 * it goes on in the cells beside it, which are read first. A large one is asked about.
 *
 * @param alt inverts add and subtract
 * @param confirmed a large one was agreed to
 */
export function fillAt(studio: Studio, at: PixelPoint, alt = false, confirmed = false): void {
  if (refuseEdit(studio)) return
  const patch = selectedPatch(studio.store.getState())
  const raster = patch && FillRaster.of(studio, patch)
  if (!patch || !raster) return
  const spans = spread(studio, raster, at)
  const isFilled = filledIn(raster, spans)
  const unread = raster.unreadBeside(isFilled)
  if (unread.length > 0) {
    fillOnceRead(studio, patch, unread, () => fillAt(studio, at, alt, confirmed))
    return
  }
  const value = paints(studio, alt)
  const share = changed(raster, spans, value) / (patch.width * patch.height)
  if (share > LARGE_SHARE && !confirmed) {
    studio.store.change({ edit: { largeFill: { patchId: patch.id, at, alt, share } } })
    openDialog(studio, 'large-fill')
    return
  }
  const edit = beginEdit(studio)
  if (!edit) return
  edit.paint(moved(raster, spans, edit), value)
  clearFillPreview(studio)
  edit.finish(count => {
    const said =
      spanPixels(spans) === 0
        ? 'Nothing filled: this pixel is clamped, protected or has no value.'
        : count === 0
          ? 'Nothing filled: these pixels already have that class.'
          : raster.endsBefore(isFilled)
            ? 'The fill stops two cells away. Fill again from there to go on.'
            : null
    if (said) notify(studio.store, 'information', said)
  })
}

/** Fills once cells that it spreads to are in memory, unless another patch is on screen by then. */
function fillOnceRead(
  studio: Studio,
  patch: PatchRecord,
  unread: readonly PatchRecord[],
  fill: () => void,
): void {
  const { store } = studio
  const reading = Promise.all(unread.map(cell => readToFill(studio, cell))).then(
    () => {
      studio.laying = null
      if (store.getState().view.selectedId === patch.id) fill()
    },
    (thrown: unknown) => {
      studio.laying = null
      notify(store, 'error', `Nothing filled: ${toAppError(thrown).message}`)
    },
  )
  studio.laying = reading
}

/** Runs of the fill's raster in that of an edit. */
function moved(raster: FillRaster, { starts, lengths }: PixelSpans, edit: Edit): PixelSpans {
  const corner = edit.inRaster({ column: -raster.own.column, row: -raster.own.row })
  return {
    starts: starts.map(start => {
      const row = Math.floor(start / raster.width)
      return (row + corner.row) * edit.raster.width + start - row * raster.width + corner.column
    }),
    lengths,
  }
}

/** Whether runs hold a pixel of the raster. */
function filledIn(
  { width, height }: FillRaster,
  { starts, lengths }: PixelSpans,
): (column: number, row: number) => boolean {
  const inside = new Uint8Array(width * height)
  for (const [run, first] of starts.entries()) inside.fill(1, first, first + lengths[run]!)
  return (column, row) => inside[row * width + column] === 1
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
  const raster = patch && FillRaster.of(studio, patch)
  if (!at || !patch || !raster || state.edit.tool !== 'fill' || editObstacle(state)) {
    clearFillPreview(studio)
    return
  }
  const of = dependencies(studio, raster, at)
  if (state.edit.fillPreview?.of === of) return
  const spans = spread(studio, raster, at, MOST_PREVIEWED)
  const { width, height, own } = raster
  const window = spanWindow(spans, width)
  if (!window) {
    clearFillPreview(studio)
    return
  }
  const isFilled = filledIn(raster, spans)
  const isInside = (index: number) => isFilled(index % width, Math.floor(index / width))
  studio.pixels.fillPreview = regionOutline(width, height, isInside, window, own)
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

/** All that `spread` and its gates read, as one text: the same text, the same fill. */
function dependencies(studio: Studio, raster: FillRaster, at: PixelPoint): string {
  const { edit, review, layers } = studio.store.getState()
  const pixel = raster.pixelAt(at)
  const pieces = raster.pieces.map(({ patch: { id } }) => [
    [id, review.maskRevision[id], review.probabilityRevision[id]],
    // Until the probability of one network is read, the ensemble's stands in for it.
    !studio.pixels.probabilities.get(probabilityKey(id, layers.probabilityModel)),
  ])
  return JSON.stringify([
    [pixel.column, pixel.row, pieces, layers.probabilityModel],
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
function spread(studio: Studio, raster: FillRaster, at: PixelPoint, most?: number): PixelSpans {
  const { width, height } = raster
  const start = raster.pixelAt(at)
  const isAlike = likeness(studio, raster, start)
  const isOpen = raster.asPieces(({ gate }) => gate)
  return floodFill(width, height, start, index => isAlike(index) && isOpen(index), most)
}

function changed(raster: FillRaster, { starts, lengths }: PixelSpans, value: MaskClass): number {
  let count = 0
  const isOther = raster.asPieces(
    ({ mask }) =>
      index =>
        mask[index] !== value,
  )
  for (const [run, first] of starts.entries()) {
    for (let index = first; index < first + lengths[run]!; index++) if (isOther(index)) count++
  }
  return count
}
