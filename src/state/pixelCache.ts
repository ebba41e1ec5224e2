import { RecentMap } from '../core/foundation/recentMap'
import type { Components } from '../core/masks/components'
import type { MaskDiff } from '../core/masks/maskDiff'
import type { Piece } from '../core/masks/mosaic'
import type { PixelPoint } from '../core/masks/pixelSpans'
import type { Contours } from '../core/patches/relief'
import type { RenderedLayer } from '../core/patches/renderLayer'
import type { ChannelHistogram, Limits } from '../core/patches/stretch'
import { HeldTable } from './inventory/heldTable'

/** What a clean-up would change. */
export interface CleanUpPreview {
  /** By index of a raster, `width` pixels wide, that begins at `origin` of the patch on screen. */
  diff: MaskDiff
  width: number
  origin: PixelPoint
  /** SVG path in pixels of the patch on screen. */
  outline: string
}

/** Pixels of the landslides that are listed, on all the cells that they lie on. */
export interface ListedPixels {
  components: Components
  /** Where the components' raster begins, in pixels of the patch on screen. */
  origin: PixelPoint
}

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
 * Differences of undo steps by sequence, the latest ones within a budget: those further back are on disk, and are
 * read again when they are undone.
 */
export class StrokeCache {
  private readonly diffs: RecentMap<number, MaskDiff>
  private readonly unsaved = new Set<number>()

  constructor(budget = STROKE_BUDGET_BYTES) {
    this.diffs = new RecentMap({
      budget,
      sizeOf: diffBytes,
      isPinned: sequence => this.unsaved.has(sequence),
    })
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.diffs.size
  }

  get(sequence: number): MaskDiff | undefined {
    return this.diffs.get(sequence)
  }

  /** @param saved false: not on disk yet, kept in memory until `saved` says so */
  set(sequence: number, diff: MaskDiff, saved = true): void {
    if (!saved) this.unsaved.add(sequence)
    this.diffs.set(sequence, diff)
  }

  saved(sequence: number): void {
    this.unsaved.delete(sequence)
    this.diffs.shrink()
  }

  delete(sequence: number): void {
    this.unsaved.delete(sequence)
    this.diffs.delete(sequence)
  }

  clear(): void {
    this.diffs.clear()
    this.unsaved.clear()
  }
}

/** Red, green, blue in raw units; null: each picture by its own percentiles. */
export type TileStretch = readonly Limits[] | null

/** Small pictures of patches and the masks over them, by patch id. */
export class TileCache {
  readonly pictures: RecentMap<string, { stretch: TileStretch; rendered: RenderedLayer }>
  /** Share of landslide under each pixel of the picture, of a revision of the mask; null: there is no mask. */
  readonly coverages: RecentMap<string, { revision: number; values: Uint8Array | null }>

  /** @param capacity pictures kept */
  constructor(capacity: number) {
    this.pictures = new RecentMap({ capacity })
    this.coverages = new RecentMap({ capacity })
  }
}

/**
 * Every typed array of the window, bounded: the store holds revisions, this holds what they are revisions of.
 * Anything forgotten can be read or derived again; masks that were painted are on disk before they are forgotten.
 * What is on screen is never forgotten, however much else is looked at meanwhile.
 */
export class PixelCache {
  readonly pixels: RecentMap<string, PatchPixels>
  /** Working masks by patch id: what is on screen. */
  readonly masks: RecentMap<string, Uint8Array>
  /** By `probabilityKey`; null: known to be absent. */
  readonly probabilities: RecentMap<string, Float32Array | null>
  /** By `pictureKey`; a stretch drawn by hand makes many. */
  readonly renders: RecentMap<string, RenderedLayer>
  /** By `overlayKey`; null: known to be absent. */
  readonly overlays: RecentMap<string, Float32Array | Uint8Array | null>
  /** By `contoursKey`. */
  readonly contours: RecentMap<string, Contours>
  /** Of the layer on screen, by patch id / band expressions. */
  readonly histograms = new RecentMap<string, ChannelHistogram[]>({ capacity: 64 })
  readonly thumbnails = new RecentMap<string, RenderedLayer>({ capacity: 1200 })
  /** The contact sheet's, kept from one look at the sheet to the next. */
  readonly tiles = new TileCache(400)
  /** What undo steps changed, by history sequence. */
  readonly strokes = new StrokeCache()
  /** What a clean-up would change on the patch on screen, while it is shown and not applied. */
  cleanUp: CleanUpPreview | null = null
  /** Masks of the cells beside the one on screen on which its listed landslides go on, at their places in the scene. */
  landslidesOver: readonly Piece<Uint8Array>[] = []
  /** Which pixels are of which listed landslide, for the list that they were worked out for. */
  listedPixels: (ListedPixels & { of: object }) | null = null
  /** Rows of the landslides table. */
  readonly inventory = new HeldTable()
  /** Masks that wait to be attached, by patch id. */
  waitingMasks: ReadonlyMap<string, Uint8Array> = new Map()
  /** Outline of what the fill would change at the pointer. */
  fillPreview: string | null = null
  /** Outline of the region that was picked. */
  picked: string | null = null

  /** @param isPinned whether the stage shows what has this key, in any of the maps; by default it shows nothing */
  constructor(isPinned: (key: string) => boolean = () => false) {
    this.pixels = new RecentMap({ capacity: 12, isPinned })
    this.masks = new RecentMap({ capacity: 96, isPinned })
    this.probabilities = new RecentMap({ capacity: 48, isPinned })
    const budget = PICTURE_BUDGET
    this.renders = new RecentMap({ capacity: 96, budget, sizeOf: ({ rgba }) => rgba.byteLength, isPinned })
    this.overlays = new RecentMap({ capacity: 48, budget, sizeOf: map => map?.byteLength ?? 0, isPinned })
    this.contours = new RecentMap({
      capacity: 24,
      budget,
      sizeOf: ({ segments }) => segments.byteLength,
      isPinned,
    })
  }

  forgetPatch(id: string): void {
    this.pixels.delete(id)
    this.masks.delete(id)
    this.thumbnails.delete(id)
    this.tiles.pictures.delete(id)
    this.tiles.coverages.delete(id)
    const ofLayers = [this.probabilities, this.renders, this.overlays, this.contours, this.histograms]
    for (const map of ofLayers) map.deleteUnder(`${id}/`)
  }
}

export function probabilityKey(patchId: string, modelId: string): string {
  return `${patchId}/${modelId}`
}

/** Memory for undo steps. A brush stroke takes 10 bytes a row that it crosses: this holds tens of thousands. */
export const STROKE_BUDGET_BYTES = 64 * 2 ** 20

/** Bytes that a step's difference takes. */
export function diffBytes({ start, length, before, after }: MaskDiff): number {
  return start.byteLength + length.byteLength + before.byteLength + after.byteLength
}
