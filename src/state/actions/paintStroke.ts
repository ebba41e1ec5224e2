import { BACKGROUND } from '../../core/patches/patch'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { brushSpans } from '../../core/review/brushSpans'
import type { PixelPoint } from '../../core/review/pixelPoint'
import type { PatchRecord } from '../../storage/projectStore'
import type { MaskClass } from '../slices/editSlice'
import type { Studio } from '../studio'
import { beginEdit, type PatchEdit } from './editMask'

/** A stroke under way: paints into the mask in the cache; the store hears of it at the end. */
export class Stroke {
  private last: PixelPoint | null = null

  constructor(
    private readonly edit: PatchEdit,
    private readonly value: MaskClass,
    private readonly radius: number,
  ) {}

  get patch(): PatchRecord {
    return this.edit.patch
  }

  /** The mask on screen, changed in place. */
  get mask(): Uint8Array {
    return this.edit.mask
  }

  /** @returns the window to upload anew, null if nothing was touched */
  moveTo(point: PixelPoint): PixelWindow | null {
    const from = this.last ?? point
    this.last = point
    const { width, height } = this.patch
    return this.edit.paint(brushSpans(width, height, from, point, this.radius), this.value)
  }

  /** Records the stroke as one undoable step and saves it. A verdict given before no longer holds. */
  finish(): void {
    this.edit.finish()
  }

  /** Takes everything back that this stroke painted. */
  abandon(): void {
    this.edit.abandon()
  }
}

/** Begins a stroke on the selected patch; null where it cannot be painted (a label, or not loaded yet). */
export function beginStroke(studio: Studio): Stroke | null {
  const { tool, paintClass, brushRadius } = studio.store.getState()
  if (tool !== 'brush' && tool !== 'erase') return null
  const edit = beginEdit(studio)
  return edit && new Stroke(edit, tool === 'brush' ? paintClass : BACKGROUND, brushRadius)
}
