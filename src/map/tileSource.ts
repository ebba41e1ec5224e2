import { toAppError } from '../core/foundation/appError'
import { boxOf } from '../core/masks/compareMasks'
import { LANDSLIDE } from '../core/patches/patch'
import type { RenderedLayer } from '../core/patches/renderLayer'
import type { PatchRecord } from '../core/review/records'
import { TileCache, type TileStretch } from '../state/pixelCache'
import { loadMask } from '../state/review/masks'
import { Serial } from '../state/scheduling'
import type { Studio } from '../state/studio'
import { DETAIL, MOST_PICTURES } from './geo/detail'
import { MASK_COLOUR } from './overlayColours'

/** A box with any landslide is at least this much: a small one must not vanish from a small picture. */
const LEAST_SEEN = 96

/**
 * Share of landslide under each pixel of a smaller picture, 0..255.
 *
 * @param mask [height, width] of 0, 1, 255
 */
export function maskCoverage(
  mask: Uint8Array,
  raster: { width: number; height: number },
  picture: { width: number; height: number },
): Uint8Array {
  const coverage = new Uint8Array(picture.width * picture.height)
  for (let y = 0; y < picture.height; y++) {
    const [top, bottom] = boxOf(y, picture.height, raster.height)
    for (let x = 0; x < picture.width; x++) {
      const [left, right] = boxOf(x, picture.width, raster.width)
      let count = 0
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          if (mask[row * raster.width + column] === LANDSLIDE) count++
        }
      }
      const share = (count * 255) / ((bottom - top) * (right - left))
      if (count > 0) coverage[y * picture.width + x] = Math.max(LEAST_SEEN, Math.round(share))
    }
  }
  return coverage
}

const TINT = 0.38

const HALF = 128

/** @returns the picture's RGBA with the mask laid over it: a tint, and an outline where it ends. */
export function composeTile(
  picture: Pick<RenderedLayer, 'width' | 'height' | 'rgba'>,
  coverage: Uint8Array | null,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(picture.rgba)
  if (!coverage) return rgba
  const { width, height } = picture
  const inside = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height || coverage[y * width + x]! > 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const share = coverage[y * width + x]!
      if (share === 0) continue
      const edge = !(inside(x - 1, y) && inside(x + 1, y) && inside(x, y - 1) && inside(x, y + 1))
      const weight = edge ? Math.max(share, HALF) / 255 : (TINT * share) / 255
      const at = (y * width + x) * 4
      for (let channel = 0; channel < 3; channel++) {
        rgba[at + channel] = rgba[at + channel]! * (1 - weight) + MASK_COLOUR[channel]! * weight
      }
      rgba[at + 3] = 255
    }
  }
  return rgba
}

/** A finished small picture: [height, width, 4] uint8, straight alpha. */
export interface Tile {
  width: number
  height: number
  rgba: Uint8ClampedArray<ArrayBuffer>
}

/** Shortest side of a tile in pixels unless asked otherwise; smaller patches are not enlarged. */
const SHORTEST_SIDE = 192

const LONGEST_SIDE = 1024

/**
 * Small pictures of patches with their masks laid over, for the contact sheet and the map; bounded, and made in the
 * order asked for, one mask at a time, so that scrolling stays smooth.
 */
export class TileSource {
  private readonly turns = new Serial()

  /** @param shortestSide of the pictures, pixels */
  constructor(
    private readonly studio: Studio,
    private readonly cache: TileCache = studio.pixels.tiles,
    private readonly shortestSide = SHORTEST_SIDE,
  ) {}

  /** True where `tile` answers without reading anything. */
  isReady(patch: PatchRecord, withMask: boolean): boolean {
    if (!this.known(patch, null)) return false
    return !withMask || this.knownCoverage(patch) !== undefined
  }

  /** @param signal of a tile that nobody looks at any more: what waits for its turn is left out. */
  async tile(
    patch: PatchRecord,
    withMask: boolean,
    signal: AbortSignal,
    stretch: TileStretch = null,
  ): Promise<Tile | null> {
    const picture = await this.picture(patch, stretch, signal)
    if (!picture || signal.aborted) return null
    const coverage = withMask ? await this.coverage(patch, picture, signal) : null
    if (signal.aborted) return null
    return { width: picture.width, height: picture.height, rgba: composeTile(picture, coverage) }
  }

  private picture(
    patch: PatchRecord,
    stretch: TileStretch,
    signal: AbortSignal,
  ): Promise<RenderedLayer | null> {
    const known = this.known(patch, stretch)
    if (known) return Promise.resolve(known)
    return this.inTurn(signal, async () => {
      const made = this.known(patch, stretch)
      if (made) return made
      const request = {
        patchId: patch.id,
        size: this.longestSide(patch),
        ...(stretch && { limits: stretch }),
      }
      const rendered = await this.studio.files.call('thumbnail', request)
      this.cache.pictures.set(patch.id, { stretch, rendered })
      return rendered
    })
  }

  /** The picture where it is there and stretched so. */
  private known(patch: PatchRecord, stretch: TileStretch): RenderedLayer | null {
    const picture = this.cache.pictures.get(patch.id)
    return picture?.stretch === stretch ? picture.rendered : null
  }

  private async coverage(
    patch: PatchRecord,
    picture: RenderedLayer,
    signal: AbortSignal,
  ): Promise<Uint8Array | null> {
    const known = this.knownCoverage(patch)
    if (known !== undefined) return known
    const mask = await this.inTurn(signal, () => loadMask(this.studio, patch))
    if (signal.aborted) return null
    const revision = this.studio.store.getState().review.maskRevision[patch.id] ?? 0
    const values = mask && maskCoverage(mask, patch, picture)
    this.cache.coverages.set(patch.id, { revision, values })
    return values
  }

  /** undefined: not known as of now. A share taken away says that the threshold moved under the mask. */
  private knownCoverage(patch: PatchRecord): Uint8Array | null | undefined {
    const {
      review: { shares, maskRevision },
    } = this.studio.store.getState()
    const held = this.cache.coverages.get(patch.id)
    if (!held || shares[patch.id] === undefined) return undefined
    return held.revision === (maskRevision[patch.id] ?? 0) ? held.values : undefined
  }

  private inTurn<Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value | null> {
    return this.turns.run(() => (signal.aborted ? null : work()))
  }

  private longestSide({ width, height }: PatchRecord): number {
    const proportion = Math.max(width, height) / Math.min(width, height)
    return Math.min(LONGEST_SIDE, Math.ceil(this.shortestSide * proportion))
  }
}

interface Held {
  image: ImageData | null
  key: string
  stretch: TileStretch
  loading: AbortController
}

/** Pictures of the rasters in sight, each made again when its mask changes. */
export class GeoTiles {
  private readonly source: TileSource
  private limits: TileStretch = null
  private readonly held = new Map<string, Held>()

  constructor(
    private readonly studio: Studio,
    private readonly onReady: () => void,
  ) {
    this.source = new TileSource(studio, new TileCache(MOST_PICTURES), DETAIL)
  }

  /** Pictures of neighbours show the same ground alike, so all are stretched as one. */
  stretchTo(stretch: TileStretch): void {
    if (JSON.stringify(stretch) !== JSON.stringify(this.limits)) this.limits = stretch
  }

  get stretch(): TileStretch {
    return this.limits
  }

  /**
   * The picture as it is by now; null: on its way, `onReady` will say. The last one stays until the next is made.
   *
   * @param bare without its mask
   */
  image(patch: PatchRecord, bare = false): ImageData | null {
    const {
      layers: { showMask, peeking },
      review: { maskRevision, shares },
    } = this.studio.store.getState()
    const withMask = showMask && !peeking && !bare
    const state = withMask ? `${maskRevision[patch.id] ?? 0}/${shares[patch.id] === undefined}` : 'bare'
    const { stretch } = this
    const before = this.held.get(patch.id)
    if (before?.key === state && before.stretch === stretch) return before.image
    before?.loading.abort()
    const held: Held = { image: before?.image ?? null, key: state, stretch, loading: new AbortController() }
    this.held.set(patch.id, held)
    this.source
      .tile(patch, withMask, held.loading.signal, stretch)
      .then(tile => {
        if (!tile || held.loading.signal.aborted) return
        held.image = new ImageData(tile.rgba, tile.width, tile.height)
        this.onReady()
      })
      .catch((thrown: unknown) => {
        // Its outline stays on the map; opening the patch reports what is wrong with it.
        console.warn(`No picture of ${patch.name}: ${toAppError(thrown).message}`)
      })
    return held.image
  }

  /** Lets go of what is not in sight. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const [id, held] of this.held) {
      if (ids.has(id)) continue
      held.loading.abort()
      this.held.delete(id)
    }
  }

  destroy(): void {
    this.keepOnly(new Set())
  }
}
