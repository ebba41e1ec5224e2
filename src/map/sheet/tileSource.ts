import type { Limits } from '../../core/patches/channelHistogram'
import { loadMask } from '../../state/actions/loadMask'
import { RecentMap } from '../../state/recentMap'
import type { Studio } from '../../state/studio'
import type { PatchRecord } from '../../storage/projectStore'
import type { RenderedLayer } from '../../worker/protocol'
import { composeTile } from './composeTile'
import { maskCoverage } from './maskCoverage'

/** A finished small picture: [height, width, 4] uint8, straight alpha. */
export interface Tile {
  width: number
  height: number
  rgba: Uint8ClampedArray<ArrayBuffer>
}

/** Shortest side of a tile in pixels unless asked otherwise; smaller patches are not enlarged. */
const SHORTEST_SIDE = 192
const LONGEST_SIDE = 1024

interface Coverage {
  revision: number
  /** null: there is no mask. */
  values: Uint8Array | null
}

interface Picture {
  stretch: Stretch
  rendered: RenderedLayer
}

/** Red, green, blue in raw units; null: each picture by its own percentiles. */
export type Stretch = readonly Limits[] | null

/**
 * Small pictures of patches with their masks laid over, for the contact sheet and the map; bounded, and made in the
 * order asked for, one mask at a time, so that scrolling stays smooth.
 */
export class TileSource {
  private readonly pictures: RecentMap<Picture>
  private readonly coverages: RecentMap<Coverage>
  private turn: Promise<unknown> = Promise.resolve()

  /** @param shortestSide of the pictures, pixels. @param capacity pictures kept. */
  constructor(
    private readonly studio: Studio,
    private readonly shortestSide = SHORTEST_SIDE,
    capacity = 400,
  ) {
    this.pictures = new RecentMap(capacity)
    this.coverages = new RecentMap(capacity)
  }

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
    stretch: Stretch = null,
  ): Promise<Tile | null> {
    const picture = await this.picture(patch, stretch, signal)
    if (!picture || signal.aborted) return null
    const coverage = withMask ? await this.coverage(patch, picture, signal) : null
    if (signal.aborted) return null
    return { width: picture.width, height: picture.height, rgba: composeTile(picture, coverage) }
  }

  private picture(patch: PatchRecord, stretch: Stretch, signal: AbortSignal): Promise<RenderedLayer | null> {
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
      this.pictures.set(patch.id, { stretch, rendered })
      return rendered
    })
  }

  /** The picture where it is there and stretched so. */
  private known(patch: PatchRecord, stretch: Stretch): RenderedLayer | null {
    const picture = this.pictures.get(patch.id)
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
    const revision = this.studio.store.getState().maskRevision[patch.id] ?? 0
    const values = mask && maskCoverage(mask, patch, picture)
    this.coverages.set(patch.id, { revision, values })
    return values
  }

  /** undefined: not known as of now. A share taken away says that the threshold moved under the mask. */
  private knownCoverage(patch: PatchRecord): Uint8Array | null | undefined {
    const { shares, maskRevision } = this.studio.store.getState()
    const held = this.coverages.get(patch.id)
    if (!held || shares[patch.id] === undefined) return undefined
    return held.revision === (maskRevision[patch.id] ?? 0) ? held.values : undefined
  }

  private inTurn<Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value | null> {
    const mine = this.turn.then(() => (signal.aborted ? null : work()))
    this.turn = mine.catch(() => undefined)
    return mine
  }

  private longestSide({ width, height }: PatchRecord): number {
    const proportion = Math.max(width, height) / Math.min(width, height)
    return Math.min(LONGEST_SIDE, Math.ceil(this.shortestSide * proportion))
  }
}

const sources = new WeakMap<Studio, TileSource>()

/** The contact sheet's source, kept from one look at the sheet to the next. */
export function tileSource(studio: Studio): TileSource {
  const known = sources.get(studio)
  if (known) return known
  const made = new TileSource(studio)
  sources.set(studio, made)
  return made
}
