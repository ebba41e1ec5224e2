import type { MaskDiff } from '../../core/masks/maskDiff'
import { MaskEdit, type PixelGate, pixelGate } from '../../core/masks/maskEdit'
import { type PixelSpans, spanWindow } from '../../core/masks/pixelSpans'
import { IGNORE } from '../../core/patches/patch'
import type { PixelWindow } from '../../core/raster/rasterSource'
import type { PatchRecord } from '../../core/review/records'
import { loadMask } from '../review/masks'
import type { Studio } from '../studio'
import { clampsOf, type EditGround, groundInMemory, readGround } from './clamps'

/** A change of one patch's mask, in place: part of an `Edit`, which the store hears of at its end. */
export class PatchEdit {
  private readonly edit: MaskEdit

  constructor(
    private readonly studio: Studio,
    readonly patch: PatchRecord,
    /** As shown. */
    readonly mask: Uint8Array,
    readonly gate: PixelGate,
  ) {
    this.edit = new MaskEdit(mask, patch.width, patch.height)
    studio.pixels.masks.set(patch.id, mask)
    studio.maskSaver.begin(patch.id)
  }

  /** @returns the window to upload again, null if nothing was touched */
  paint(spans: PixelSpans, value: number): PixelWindow | null {
    this.edit.paint(spans, value, this.gate)
    return spanWindow(spans, this.patch.width)
  }

  /** @returns what changed */
  end(): MaskDiff {
    this.studio.maskSaver.end(this.patch.id)
    return this.edit.diff()
  }

  /** Takes everything back. */
  restore(): void {
    this.studio.maskSaver.end(this.patch.id)
    this.edit.restore()
  }
}

/** Pixels, and the mask unless there is none yet: one that is being read or predicted is not replaced by an empty one. */
export function isInMemory({ store, pixels }: Studio, id: string | null): boolean {
  if (id === null || !pixels.pixels.get(id)) return false
  return pixels.masks.get(id) !== undefined || store.getState().review.shares[id] === null
}

interface MaskToEdit {
  mask: Uint8Array
  gate: PixelGate
}

/** The mask of a patch, empty where it has none yet, and which of its pixels may change; null: not in memory. */
export function maskToEdit(studio: Studio, patch: PatchRecord): MaskToEdit | null {
  if (!isInMemory(studio, patch.id)) return null
  return gated(studio, patch, studio.pixels.masks.get(patch.id) ?? null, groundInMemory(studio, patch))
}

/** The same of a patch that may have to be read. */
export async function readMaskToEdit(studio: Studio, patch: PatchRecord): Promise<MaskToEdit> {
  const ground = await readGround(studio, patch)
  return gated(studio, patch, await loadMask(studio, patch), ground)
}

function gated(
  studio: Studio,
  patch: PatchRecord,
  shown: Uint8Array | null,
  ground: EditGround | null,
): MaskToEdit {
  const valid = ground?.valid ?? null
  const mask = shown ?? emptyMask(patch, valid)
  const { protectedClasses } = studio.store.getState().edit
  return { mask, gate: pixelGate(mask, valid, protectedClasses, clampsOf(studio, patch, ground)) }
}

function emptyMask(patch: PatchRecord, valid: Uint8Array | null): Uint8Array {
  const mask = new Uint8Array(patch.width * patch.height)
  if (valid) for (let index = 0; index < mask.length; index++) if (valid[index] === 0) mask[index] = IGNORE
  return mask
}
