import type { MaskDiff } from '../core/masks/maskDiff'
import type { Contours } from '../core/patches/relief'
import type { RenderedLayer } from '../core/patches/renderLayer'
import type { ChannelHistogram, Limits } from '../core/patches/stretch'

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
 * A map that forgets what was least recently used once it holds more than `capacity` entries, or more than `budget` as
 * `sizeOf` measures them (bytes); the newest entry stays whatever its size.
 */
export class RecentMap<Value> {
  private readonly entries = new Map<string, Value>()
  private size = 0

  constructor(
    private readonly capacity: number,
    private readonly budget = Number.POSITIVE_INFINITY,
    private readonly sizeOf: (value: Value) => number = () => 0,
  ) {}

  get(key: string): Value | undefined {
    const value = this.entries.get(key)
    if (value === undefined) return undefined
    this.entries.delete(key)
    this.entries.set(key, value)
    return value
  }

  set(key: string, value: Value): void {
    this.delete(key)
    this.entries.set(key, value)
    this.size += this.sizeOf(value)
    for (const oldest of this.entries.keys()) {
      if (oldest === key || (this.entries.size <= this.capacity && this.size <= this.budget)) break
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const value = this.entries.get(key)
    if (value === undefined) return
    this.size -= this.sizeOf(value)
    this.entries.delete(key)
  }

  /** Forgets every key that begins so. */
  deleteUnder(prefix: string): void {
    for (const key of [...this.entries.keys()]) if (key.startsWith(prefix)) this.delete(key)
  }

  clear(): void {
    this.entries.clear()
    this.size = 0
  }
}

/**
 * Differences of undo steps by sequence, the latest ones within a budget: those further back are on disk, and are
 * read again when they are undone.
 */
export class StrokeCache {
  private readonly diffs = new Map<number, MaskDiff>()
  private readonly unsaved = new Set<number>()
  private held = 0

  constructor(private readonly budget = STROKE_BUDGET_BYTES) {}

  /** Bytes in memory. */
  get bytes(): number {
    return this.held
  }

  get(sequence: number): MaskDiff | undefined {
    return this.diffs.get(sequence)
  }

  /** @param saved false: not on disk yet, kept in memory until `saved` says so */
  set(sequence: number, diff: MaskDiff, saved = true): void {
    this.delete(sequence)
    this.diffs.set(sequence, diff)
    if (!saved) this.unsaved.add(sequence)
    this.held += diffBytes(diff)
    this.shrink()
  }

  saved(sequence: number): void {
    this.unsaved.delete(sequence)
    this.shrink()
  }

  delete(sequence: number): void {
    const diff = this.diffs.get(sequence)
    if (!diff) return
    this.held -= diffBytes(diff)
    this.diffs.delete(sequence)
    this.unsaved.delete(sequence)
  }

  clear(): void {
    this.diffs.clear()
    this.unsaved.clear()
    this.held = 0
  }

  /** Forgets the oldest steps: what was put in last is what is undone next. */
  private shrink(): void {
    for (const sequence of this.diffs.keys()) {
      if (this.held <= this.budget) return
      if (!this.unsaved.has(sequence)) this.delete(sequence)
    }
  }
}

/** Red, green, blue in raw units; null: each picture by its own percentiles. */
export type TileStretch = readonly Limits[] | null

/** Small pictures of patches and the masks over them, by patch id. */
export class TileCache {
  readonly pictures: RecentMap<{ stretch: TileStretch; rendered: RenderedLayer }>
  /** Share of landslide under each pixel of the picture, of a revision of the mask; null: there is no mask. */
  readonly coverages: RecentMap<{ revision: number; values: Uint8Array | null }>

  /** @param capacity pictures kept */
  constructor(capacity: number) {
    this.pictures = new RecentMap(capacity)
    this.coverages = new RecentMap(capacity)
  }
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
  /** The contact sheet's, kept from one look at the sheet to the next. */
  readonly tiles = new TileCache(400)
  /** What undo steps changed, by history sequence. */
  readonly strokes = new StrokeCache()
  /** What a clean-up would change on the patch on screen, while it is shown and not applied. */
  cleanUp: { diff: MaskDiff; outline: string } | null = null
  /** Outline of the region that was picked. */
  picked: string | null = null

  forgetPatch(id: string): void {
    this.pixels.delete(id)
    this.masks.delete(id)
    this.thumbnails.delete(id)
    this.tiles.pictures.delete(id)
    this.tiles.coverages.delete(id)
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

/** Memory for undo steps. A brush stroke takes 10 bytes a row that it crosses: this holds tens of thousands. */
export const STROKE_BUDGET_BYTES = 64 * 2 ** 20

/** Bytes that a step's difference takes. */
export function diffBytes({ start, length, before, after }: MaskDiff): number {
  return start.byteLength + length.byteLength + before.byteLength + after.byteLength
}
