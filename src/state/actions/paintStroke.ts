import { BACKGROUND, IGNORE, LANDSLIDE } from '../../core/patches/patch'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { diffMasks } from '../../core/review/maskDiff'
import { type PixelPoint, paintDisc } from '../../core/review/paintDisc'
import type { PatchRecord } from '../../storage/projectStore'
import { isReviewable, selectedPatch } from '../selectors'
import type { Studio } from '../studio'
import { appendStep } from './appendStep'
import { showMask } from './loadMask'

/** A stroke under way: paints into the mask in the cache; the store hears of it at the end. */
export class Stroke {
  private readonly before: Uint8Array
  private last: PixelPoint | null = null

  constructor(
    private readonly studio: Studio,
    readonly patch: PatchRecord,
    private readonly valid: Uint8Array | null,
    /** The mask on screen, changed in place. */
    readonly mask: Uint8Array,
    private readonly value: 0 | 1,
    private readonly radius: number,
  ) {
    this.before = mask.slice()
  }

  /** @returns the window to upload anew, null if nothing was touched */
  moveTo(point: PixelPoint): PixelWindow | null {
    const from = this.last ?? point
    this.last = point
    const { width, height } = this.patch
    return paintDisc(this.mask, width, height, from, point, this.radius, this.value, this.valid)
  }

  /** Records the stroke as one undoable step and saves it. A verdict given before no longer holds. */
  finish(): void {
    const diff = diffMasks(this.before, this.mask)
    if (diff.start.length === 0) return
    const { id } = this.patch
    const verdict = this.studio.store.getState().verdicts[id]
    appendStep(
      this.studio,
      {
        kind: 'stroke',
        patchId: id,
        diff,
        ...(verdict && { verdictBefore: verdict, verdictAfter: null }),
      },
      this.mask,
    )
    showMask(this.studio, id, this.mask)
  }

  /** Takes everything back that this stroke painted. */
  abandon(): void {
    this.mask.set(this.before)
    showMask(this.studio, this.patch.id, this.mask)
  }
}

/** Begins a stroke on the selected patch; null where it cannot be painted (a label, or not loaded yet). */
export function beginStroke(studio: Studio): Stroke | null {
  const state = studio.store.getState()
  const patch = selectedPatch(state)
  if (!isReviewable(patch) || state.loading || state.tool === 'pan') return null
  const pixels = studio.pixels.pixels.get(patch.id)
  if (!pixels) return null
  const mask = studio.pixels.masks.get(patch.id) ?? emptyMask(patch, pixels.valid)
  studio.pixels.masks.set(patch.id, mask)
  const value = state.tool === 'brush' ? LANDSLIDE : BACKGROUND
  return new Stroke(studio, patch, pixels.valid, mask, value, state.brushRadius)
}

function emptyMask(patch: PatchRecord, valid: Uint8Array | null): Uint8Array {
  const mask = new Uint8Array(patch.width * patch.height)
  if (valid) for (let index = 0; index < mask.length; index++) if (valid[index] === 0) mask[index] = IGNORE
  return mask
}
