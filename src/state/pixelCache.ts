import type { ChannelHistogram } from '../core/patches/channelHistogram'
import type { Contours } from '../core/patches/contours'
import type { MaskDiff } from '../core/review/maskDiff'
import type { RegionOutline } from '../core/review/regionOutline'
import type { RenderedLayer } from '../worker/protocol'
import { RecentMap } from './recentMap'
import { StrokeCache } from './strokeCache'

export interface PatchPixels {
  /** [14, height, width] float32, raw units of `BANDS`. */
  data: Float32Array
  /** [height, width] of 0 and 1; null: all valid. */
  valid: Uint8Array | null
  /** [height, width] of 0, 1, 255; null where the patch has no label. */
  label: Uint8Array | null
}

/** Bytes of pictures that are kept: eight of 2048 x 2048, or hundreds of competition patches. */
const PICTURE_BUDGET = 128 * 2 ** 20

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
  /** By `pictureKey`; a stretch drawn by hand makes many. */
  readonly renders = new RecentMap<RenderedLayer>(96, PICTURE_BUDGET, ({ rgba }) => rgba.byteLength)
  /** By `overlayKey`; null: known to be absent. */
  readonly overlays = new RecentMap<Float32Array | Uint8Array | null>(
    48,
    PICTURE_BUDGET,
    map => map?.byteLength ?? 0,
  )
  /** By `contoursKey`. */
  readonly contours = new RecentMap<Contours>(24, PICTURE_BUDGET, ({ segments }) => segments.byteLength)
  /** Of the layer on screen, by patch id / band expressions. */
  readonly histograms = new RecentMap<ChannelHistogram[]>(64)
  readonly thumbnails = new RecentMap<RenderedLayer>(1200)
  /** What undo steps changed, by history sequence. */
  readonly strokes = new StrokeCache()
  /** What a clean-up would change on the patch on screen, while it is shown and not applied. */
  cleanUp: { diff: MaskDiff; outline: RegionOutline } | null = null
  /** Outline of the region that was picked. */
  picked: RegionOutline | null = null

  forgetPatch(id: string): void {
    this.pixels.delete(id)
    this.masks.delete(id)
    this.thumbnails.delete(id)
    this.probabilities.deleteUnder(`${id}/`)
    this.renders.deleteUnder(`${id}/`)
    this.overlays.deleteUnder(`${id}/`)
    this.contours.deleteUnder(`${id}/`)
    this.histograms.deleteUnder(`${id}/`)
  }
}

export function probabilityKey(patchId: string, modelId: string): string {
  return `${patchId}/${modelId}`
}
