import { BANDS } from '../../core/patches/bands'
import { BACKGROUND } from '../../core/patches/patch'
import { floodFill } from '../../core/review/floodFill'
import type { PixelPoint } from '../../core/review/pixelPoint'
import { spanPixels } from '../../core/review/pixelSpans'
import { notify } from '../notify'
import type { Studio } from '../studio'
import { beginEdit, clampValue, type PatchEdit } from './editMask'

/**
 * Sets the pixels that are connected to this one and alike to the class in hand (subtracting, to background). The
 * fill spreads only over pixels that it may change: clamps and protected classes hold it up like walls.
 *
 * @param alt turns add and subtract round
 */
export function fillAt(studio: Studio, { column, row }: PixelPoint, alt = false): void {
  const edit = beginEdit(studio)
  if (!edit) return
  const { width, height } = edit.patch
  const start = { column: Math.floor(column), row: Math.floor(row) }
  const alike = likeness(studio, edit, start.row * width + start.column)
  const spans = floodFill(width, height, start, index => alike(index) && edit.gate(index))
  const { subtract, paintClass } = studio.store.getState()
  edit.paint(spans, subtract !== alt ? BACKGROUND : paintClass)
  if (edit.finish()) return
  notify(
    studio.store,
    'information',
    spanPixels(spans) === 0
      ? 'Nothing was filled: this pixel is clamped, protected or has no value to compare.'
      : 'Nothing was filled: these pixels are of that class already.',
  )
}

/** Whether a pixel is like the first one in what the fill compares. */
function likeness(studio: Studio, { patch, mask }: PatchEdit, first: number): (index: number) => boolean {
  const state = studio.store.getState()
  if (state.fillBy === 'mask') {
    const value = mask[first]
    return index => mask[index] === value
  }
  if (state.fillBy === 'probability') {
    const valueAt = clampValue(studio, patch, 'probability')
    const value = valueAt(first)
    return index => Math.abs(valueAt(index) - value) <= state.fillTolerance
  }
  const band = Math.min(BANDS.length - 1, Math.max(0, state.fillBand)) * patch.width * patch.height
  const data = studio.pixels.pixels.get(patch.id)?.data
  const value = data?.[band + first] ?? Number.NaN
  const reach = Math.abs(value) * state.fillBandTolerance
  return index => Math.abs((data?.[band + index] ?? Number.NaN) - value) <= reach
}
