import { toAppError } from '../../core/foundation/appError'
import type { RenderedLayer } from '../../core/patches/renderLayer'
import type { TileStretch } from '../../state/pixelCache'
import type { Studio } from '../../state/studio'
import type { MapSpace, PlacedGroup, PlacedPatch } from './placement'

/** Longest side of the overview, pixels. */
const LONGEST = 2048

/** Longest side of one raster in it. */
const LARGEST_PICTURE = 256

/** Milliseconds between two pictures of an overview that is being made. */
const SHOW_EVERY = 300

/** All rasters of a coordinate system on one picture, coarse where there are many: what lies beyond full detail. */
export class GeoOverview {
  private readonly canvas = document.createElement('canvas')
  private of: { group: PlacedGroup; stretch: TileStretch } | null = null
  private running = new AbortController()
  private shown: ImageBitmap | null = null

  constructor(
    private readonly studio: Studio,
    private readonly onReady: () => void,
  ) {}

  /** The picture by now, over the whole of the map's plane; null: nothing of it is there yet. */
  get image(): ImageBitmap | null {
    return this.shown
  }

  /** Begins the overview of these rasters, or continues with it. */
  show(group: PlacedGroup, space: MapSpace, stretch: TileStretch): void {
    // A prediction makes other records of the same rasters: their ground is as it was.
    const same = this.of && (this.of.group === group || sameRasters(this.of.group, group))
    if (same && this.of?.stretch === stretch) return
    this.forget()
    this.of = { group, stretch }
    const scale = Math.min(1, LONGEST / Math.max(space.width, space.height))
    this.canvas.width = Math.max(1, Math.round(space.width * scale))
    this.canvas.height = Math.max(1, Math.round(space.height * scale))
    void this.make(group.placed, space, scale, stretch, this.running.signal)
  }

  destroy(): void {
    this.forget()
  }

  private forget(): void {
    this.running.abort()
    this.running = new AbortController()
    this.shown?.close()
    this.shown = null
    this.of = null
  }

  private async make(
    placed: readonly PlacedPatch[],
    space: MapSpace,
    scale: number,
    stretch: TileStretch,
    signal: AbortSignal,
  ): Promise<void> {
    let last = performance.now()
    for (const [index, one] of placed.entries()) {
      if (signal.aborted) return
      await this.draw(one, space, scale, stretch, signal)
      const done = index === placed.length - 1
      if (signal.aborted || (!done && performance.now() - last < SHOW_EVERY)) continue
      last = performance.now()
      const bitmap = await createImageBitmap(this.canvas)
      if (signal.aborted) {
        bitmap.close()
        return
      }
      // The one before may be on its way to the GPU: it is left to the collector.
      this.shown = bitmap
      this.onReady()
    }
  }

  private async draw(
    { patch, corners }: PlacedPatch,
    space: MapSpace,
    scale: number,
    stretch: TileStretch,
    signal: AbortSignal,
  ): Promise<void> {
    const [origin, right, , below] = corners.map(at => space.fromWorld(at))
    if (!origin || !right || !below) return
    const longest = Math.max(distance(origin, right), distance(origin, below)) * scale
    try {
      const size = Math.min(LARGEST_PICTURE, Math.max(1, Math.ceil(longest)))
      const request = { patchId: patch.id, size, ...(stretch && { limits: stretch }) }
      const picture = await this.studio.files.call('thumbnail', request, { signal })
      if (signal.aborted) return
      const context = this.canvas.getContext('2d')
      const { width, height } = picture
      const along = (to: readonly [number, number], count: number) =>
        [((to[0] - origin[0]) * scale) / count, ((to[1] - origin[1]) * scale) / count] as const
      const [a, b] = along(right, width)
      const [c, d] = along(below, height)
      context?.setTransform(a, b, c, d, origin[0] * scale, origin[1] * scale)
      context?.drawImage(canvasOf(picture), 0, 0)
    } catch (thrown) {
      if (signal.aborted) return
      // Its outline stays on the map; opening the patch reports what is wrong with it.
      console.warn(`No overview of ${patch.name}: ${toAppError(thrown).message}`)
    }
  }
}

function sameRasters({ placed: before }: PlacedGroup, { placed: now }: PlacedGroup): boolean {
  return before.length === now.length && before.every(({ patch }, index) => patch.id === now[index]!.patch.id)
}

function distance(a: readonly [number, number], b: readonly [number, number]): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1])
}

function canvasOf({ width, height, rgba }: RenderedLayer): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(rgba), width, height), 0, 0)
  return canvas
}
