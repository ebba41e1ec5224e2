import { LANDSLIDE } from '../../core/patches/patch'
import { floodFill } from '../../core/review/floodFill'
import type { PixelPoint } from '../../core/review/pixelPoint'
import { spanPixels, spanWindow } from '../../core/review/pixelSpans'
import { regionOutline } from '../../core/review/regionOutline'
import { selectedPatch } from '../selectors'
import type { MaskClass } from '../slices/editSlice'
import type { Studio } from '../studio'

/** Takes the class of the pixel into the hand, and outlines the connected pixels of that class with their number. */
export function pickAt(studio: Studio, { column, row }: PixelPoint): void {
  const { store, pixels } = studio
  const patch = selectedPatch(store.getState())
  const mask = patch && pixels.masks.get(patch.id)
  if (!patch || !mask) return
  const { width, height } = patch
  const start = { column: Math.floor(column), row: Math.floor(row) }
  if (start.column < 0 || start.row < 0 || start.column >= width || start.row >= height) return
  const value = mask[start.row * width + start.column] as MaskClass
  const spans = floodFill(width, height, start, index => mask[index] === value)
  const window = spanWindow(spans, width)
  const inside = new Uint8Array(width * height)
  for (const [run, first] of spans.starts.entries()) inside.fill(1, first, first + spans.lengths[run]!)
  // The background is nearly everything: its outline would say nothing.
  const outlined = value === LANDSLIDE && window
  pixels.picked = outlined ? regionOutline(width, height, index => inside[index] === 1, window) : null
  store.setState(state => ({
    paintClass: value,
    picked: {
      patchId: patch.id,
      revision: state.maskRevision[patch.id] ?? 0,
      pixels: spanPixels(spans),
      value,
    },
    outlineRevision: state.outlineRevision + 1,
  }))
}
