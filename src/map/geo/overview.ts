import { toAppError } from '../../core/foundation/appError'
import type { RenderedLayer } from '../../core/patches/renderLayer'
import type { TileStretch } from '../../state/pixelCache'
import { loadMask } from '../../state/review/masks'
import type { Studio } from '../../state/studio'
import { composeTile, maskCoverage } from '../tileSource'
import type { MapSpace, PlacedGroup, PlacedPatch } from './placement'

/** Longest side of the overview, pixels. */
const LONGEST = 2048

/** Longest side of one raster in it. */
const LARGEST_PICTURE = 256

/** Milliseconds between two pictures of an overview that is being made. */
const SHOW_EVERY = 300

/**
 * All rasters of a coordinate system with their masks on one picture, coarse where there are many: what lies beyond full
 * detail. A raster whose mask changed is drawn again, by itself.
 */
export class GeoOverview {
  private readonly canvas = document.createElement('canvas')
  private of: { group: PlacedGroup; stretch: TileStretch } | null = null
  private running = new AbortController()
  private working = false
  private shown: ImageBitmap | null = null
  /** By patch id, of which mask the picture is. */
  private readonly drawn = new Map<string, string>()

  constructor(
    private readonly studio: Studio,
    private readonly onReady: () => void,
  ) {}

  /** The picture by now, over the whole of the map's plane; null: nothing of it is there yet. */
  get image(): ImageBitmap | null {
    return this.shown
  }

  /** Begins the overview of these rasters, or continues with what changed of it. */
  show(group: PlacedGroup, space: MapSpace, stretch: TileStretch): void {
    // A prediction makes other records of the same rasters: their ground is as it was.
    const same = this.of && (this.of.group === group || sameRasters(this.of.group, group))
    if (!same || this.of?.stretch !== stretch) {
      this.forget()
      const scale = scaleOf(space)
      this.canvas.width = Math.max(1, Math.round(space.width * scale))
      this.canvas.height = Math.max(1, Math.round(space.height * scale))
    }
    this.of = { group, stretch }
    if (!this.working) void this.make(space, stretch, this.running.signal)
  }

  destroy(): void {
    this.forget()
  }

  private forget(): void {
    this.running.abort()
    this.running = new AbortController()
    this.working = false
    this.drawn.clear()
    this.shown?.close()
    this.shown = null
    this.of = null
  }

  /** Names the mask that the map shows of a patch now; one that follows the threshold has no share until it is read. */
  private maskKey({ patch: { id } }: PlacedPatch): string {
    const {
      layers: { showMask, peeking },
      review: { maskRevision, shares },
    } = this.studio.store.getState()
    return showMask && !peeking ? `${maskRevision[id] ?? 0}/${shares[id] === undefined}` : 'bare'
  }

  private async make(space: MapSpace, stretch: TileStretch, signal: AbortSignal): Promise<void> {
    this.working = true
    let last = performance.now()
    let changed = false
    // Masks change while it is made: it ends when none of them does any more.
    for (let again = true; again && !signal.aborted; ) {
      again = false
      for (const one of this.of?.group.placed ?? []) {
        if (this.drawn.get(one.patch.id) === this.maskKey(one)) continue
        again = true
        changed = true
        await this.draw(one, space, stretch, signal)
        if (signal.aborted) return
        this.drawn.set(one.patch.id, this.maskKey(one))
        if (performance.now() - last < SHOW_EVERY) continue
        last = performance.now()
        await this.publish(signal)
      }
    }
    if (signal.aborted) return
    this.working = false
    if (changed) await this.publish(signal)
  }

  private async publish(signal: AbortSignal): Promise<void> {
    const bitmap = await createImageBitmap(this.canvas)
    if (signal.aborted) {
      bitmap.close()
      return
    }
    // The one before may be on its way to the GPU: it is left to the collector.
    this.shown = bitmap
    this.onReady()
  }

  private async draw(
    one: PlacedPatch,
    space: MapSpace,
    stretch: TileStretch,
    signal: AbortSignal,
  ): Promise<void> {
    const { patch, corners } = one
    const scale = scaleOf(space)
    const [origin, right, , below] = corners.map(at => space.fromWorld(at))
    if (!origin || !right || !below) return
    const longest = Math.max(distance(origin, right), distance(origin, below)) * scale
    try {
      const size = Math.min(LARGEST_PICTURE, Math.max(1, Math.ceil(longest)))
      const request = { patchId: patch.id, size, ...(stretch && { limits: stretch }) }
      const picture = await this.studio.files.call('thumbnail', request, { signal })
      const mask = this.maskKey(one) === 'bare' ? null : await loadMask(this.studio, patch)
      if (signal.aborted) return
      const context = this.canvas.getContext('2d')
      const { width, height } = picture
      const along = (to: readonly [number, number], count: number) =>
        [((to[0] - origin[0]) * scale) / count, ((to[1] - origin[1]) * scale) / count] as const
      const [a, b] = along(right, width)
      const [c, d] = along(below, height)
      context?.setTransform(a, b, c, d, origin[0] * scale, origin[1] * scale)
      // Where there is no data a former mask would show through.
      context?.clearRect(0, 0, width, height)
      context?.drawImage(canvasOf(picture, mask && maskCoverage(mask, patch, picture)), 0, 0)
    } catch (thrown) {
      if (signal.aborted) return
      // Its outline stays on the map; opening the patch reports what is wrong with it.
      console.warn(`No overview of ${patch.name}: ${toAppError(thrown).message}`)
    }
  }
}

/** Pixels of the overview in one of the map's plane. */
function scaleOf({ width, height }: MapSpace): number {
  return Math.min(1, LONGEST / Math.max(width, height))
}

function sameRasters({ placed: before }: PlacedGroup, { placed: now }: PlacedGroup): boolean {
  return before.length === now.length && before.every(({ patch }, index) => patch.id === now[index]!.patch.id)
}

function distance(a: readonly [number, number], b: readonly [number, number]): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1])
}

function canvasOf(picture: RenderedLayer, coverage: Uint8Array | null): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = picture.width
  canvas.height = picture.height
  const image = new ImageData(composeTile(picture, coverage), picture.width, picture.height)
  canvas.getContext('2d')?.putImageData(image, 0, 0)
  return canvas
}
