import type { PixelWindow } from '../core/raster/rasterSource'
import type { StudioState } from '../state/studioState'

/** Where the view looks: `target` in raster pixels at the middle of the screen, zoom as powers of two. */
export interface Camera {
  target: [number, number, number]
  zoom: number
  minZoom: number
  maxZoom: number
}

const MARGIN = 0.94

const CLOSEST = 6.5

/** Shows a raster whole, with a little air round it. */
export function fitCamera(
  raster: { width: number; height: number },
  screen: { width: number; height: number },
): Camera {
  const scale = Math.min(screen.width / raster.width, screen.height / raster.height) * MARGIN
  const zoom = Math.log2(Math.max(scale, 1e-3))
  return {
    target: [raster.width / 2, raster.height / 2, 0],
    zoom,
    minZoom: Math.min(zoom, 0) - 2,
    maxZoom: Math.max(CLOSEST, zoom + 1),
  }
}

export interface Size {
  width: number
  height: number
}

/** One step of a zoom key: two of them double or halve. */
const ZOOM_STEP = 0.5

/** One step of a key that moves the view, share of the screen's shorter side. */
const PAN_STEP = 1 / 6

/** Screen pixels of a raster pixel, as a power of two, at which a small landslide is seen with what is round it. */
const LANDSLIDE_ZOOM = 3.5

/**
 * Decides when the camera is fitted again: on another raster size and on request; and, until the person has moved the
 * view, whenever the stage changes its size. Otherwise the view stays where it was, also from patch to patch.
 */
export class Framing {
  camera: Camera = { target: [0, 0, 0], zoom: 0, minZoom: -4, maxZoom: 8 }
  private raster: Size | null = null
  private screen: Size = { width: 0, height: 0 }
  private following = true

  /** @returns whether the camera changed. Nothing happens while the stage has no size yet. */
  show(raster: Size, screen: Size): boolean {
    if (screen.width <= 0 || screen.height <= 0) return false
    const another = this.raster?.width !== raster.width || this.raster.height !== raster.height
    const resized = this.screen.width !== screen.width || this.screen.height !== screen.height
    this.raster = { width: raster.width, height: raster.height }
    this.screen = screen
    if (!another && !(resized && this.following)) return false
    this.following = true
    this.camera = fitCamera(raster, screen)
    return true
  }

  /** The person moved the view: from now on it is theirs. */
  moveTo(target: readonly [number, number], zoom: number): void {
    if (
      target[0] === this.camera.target[0] &&
      target[1] === this.camera.target[1] &&
      zoom === this.camera.zoom
    )
      return
    this.following = false
    this.camera = { ...this.camera, target: [target[0], target[1], 0], zoom }
  }

  /** Shows the whole raster again and keeps it whole. */
  fit(): void {
    this.following = true
    if (this.raster && this.screen.width > 0) this.camera = fitCamera(this.raster, this.screen)
  }

  /**
   * Moves to a window of the raster, so that it takes half of the screen or, where it is small, is seen large with its
   * surroundings; a view that shows it well already stays.
   */
  bringIntoView(window: PixelWindow): void {
    const { width, height } = this.screen
    if (width <= 0 || height <= 0) return
    const { target, zoom, maxZoom } = this.camera
    const scale = 2 ** zoom
    const middle = [window.column + window.width / 2, window.row + window.height / 2] as const
    const reach = (axis: 0 | 1, size: number, screen: number) =>
      Math.abs(middle[axis] - target[axis]) + size / 2 <= (screen / scale / 2) * 0.9
    const share = Math.max((window.width * scale) / width, (window.height * scale) / height)
    if (reach(0, window.width, width) && reach(1, window.height, height) && share > 0.05) return
    const closest = Math.log2(Math.min(width / (2 * window.width), height / (2 * window.height)))
    this.moveTo(middle, Math.min(maxZoom, closest, Math.max(zoom, LANDSLIDE_ZOOM)))
  }

  /** Moves the view by steps of a key. */
  panBy(right: number, down: number): void {
    const { target, zoom } = this.camera
    const step = (Math.min(this.screen.width, this.screen.height) * PAN_STEP) / 2 ** zoom
    this.moveTo([target[0] + right * step, target[1] + down * step], zoom)
  }

  /** Zooms about the middle of the screen by steps of a key, within the camera's limits. */
  zoomBy(steps: number): void {
    const { target, zoom, minZoom, maxZoom } = this.camera
    this.moveTo([target[0], target[1]], Math.min(maxZoom, Math.max(minZoom, zoom + steps * ZOOM_STEP)))
  }
}

type Requests = Pick<StudioState, 'view'>

/** Passes on to a camera what was asked of it by key or button since the last look: fit, zoom, moves. */
export class ViewRequests {
  constructor(private seen: Requests) {}

  /** @param framing null: another view is on the stage, and what was asked of that one is not kept for this. */
  answer(now: Requests, framing: Framing | null): void {
    const { seen } = this
    this.seen = now
    if (!framing) return
    if (now.view.fitRequest !== seen.view.fitRequest) framing.fit()
    const steps = now.view.zoomRequest - seen.view.zoomRequest
    if (steps !== 0) framing.zoomBy(steps)
    const right = now.view.panRequest.right - seen.view.panRequest.right
    const down = now.view.panRequest.down - seen.view.panRequest.down
    if (right !== 0 || down !== 0) framing.panBy(right, down)
  }
}

/** deck.gl makes its canvas a tab stop without a name: keys belong to what holds it, or to a list beside it. */
export function leaveTabOrder(host: HTMLElement): void {
  for (const element of host.querySelectorAll('[tabindex]')) element.removeAttribute('tabindex')
}
