import type { MaskDiff } from '../core/review/maskDiff'
import type { RenderedLayer } from '../worker/protocol'
import { RecentMap } from './recentMap'

export interface PatchPixels {
  /** [14, height, width] float32, raw units of `BANDS`. */
  data: Float32Array
  /** [height, width] of 0 and 1; null: all valid. */
  valid: Uint8Array | null
  /** [height, width] of 0, 1, 255; null where the patch has no label. */
  label: Uint8Array | null
}

/**
 * Every typed array of the window, bounded: the store holds revisions, this holds what they are revisions of.
 * Anything forgotten can be read or derived again; masks that were painted are on disk before they are forgotten.
 */
export class PixelCache {
  readonly pixels = new RecentMap<PatchPixels>(12)
  /** Working masks by patch id: what is on screen. */
  readonly masks = new RecentMap<Uint8Array>(96)
  /** By `probabilityKey`; null: known to be absent. */
  readonly probabilities = new RecentMap<Float32Array | null>(48)
  /** By patch id / layer / percentile. */
  readonly renders = new RecentMap<RenderedLayer>(48)
  readonly thumbnails = new RecentMap<RenderedLayer>(1200)
  /** Strokes by history sequence; a few hundred bytes each, never forgotten while the step exists. */
  readonly strokes = new Map<number, MaskDiff>()

  forgetPatch(id: string): void {
    this.pixels.delete(id)
    this.masks.delete(id)
    this.thumbnails.delete(id)
    this.probabilities.deleteUnder(`${id}/`)
    this.renders.deleteUnder(`${id}/`)
  }
}

export function probabilityKey(patchId: string, modelId: string): string {
  return `${patchId}/${modelId}`
}
