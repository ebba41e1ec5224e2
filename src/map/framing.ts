import { type Camera, fitCamera } from './camera'

export interface Size {
  width: number
  height: number
}

/** One step of a zoom key: two of them double or halve. */
const ZOOM_STEP = 0.5

/**
 * Decides when the camera is fitted anew: on another raster size and on request; and, until the person has moved the
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

  /** Zooms about the middle of the screen by steps of a key, within the camera's limits. */
  zoomBy(steps: number): void {
    const { target, zoom, minZoom, maxZoom } = this.camera
    this.moveTo([target[0], target[1]], Math.min(maxZoom, Math.max(minZoom, zoom + steps * ZOOM_STEP)))
  }
}
