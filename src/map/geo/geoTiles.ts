import { toAppError } from '../../core/foundation/appError'
import type { Studio } from '../../state/studio'
import type { PatchRecord } from '../../storage/projectStore'
import { type Stretch, TileSource } from '../sheet/tileSource'

/** Shortest side of a picture on the map: a scene of many hundred pixels is still read at a glance. */
const DETAIL = 640
const KEPT = 60

interface Held {
  image: ImageData | null
  key: string
  stretch: Stretch
  loading: AbortController
}

/** Pictures of the rasters in sight, each made anew when its mask changed. */
export class GeoTiles {
  private readonly source: TileSource
  private stretch: Stretch = null
  private readonly held = new Map<string, Held>()

  constructor(
    private readonly studio: Studio,
    private readonly onReady: () => void,
  ) {
    this.source = new TileSource(studio, DETAIL, KEPT)
  }

  /** Pictures of neighbours show the same ground alike, so all are stretched as one. */
  stretchTo(stretch: Stretch): void {
    if (JSON.stringify(stretch) !== JSON.stringify(this.stretch)) this.stretch = stretch
  }

  /** The picture as it is by now; null: on its way, `onReady` will say. The last one stays until the next is made. */
  image(patch: PatchRecord): ImageData | null {
    const { showMask, peeking, maskRevision, shares } = this.studio.store.getState()
    const withMask = showMask && !peeking
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
