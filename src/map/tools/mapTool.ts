import type { PixelWindow } from '../../core/raster/rasterSource'
import type { PixelPoint } from '../../core/review/pixelPoint'
import type { PatchRecord } from '../../storage/projectStore'

export interface ScreenPoint {
  x: number
  y: number
}

/** A pointer over the map: where on the raster, where on the host element, and whether Alt turns the tool round. */
export interface ToolEvent {
  pixel: PixelPoint
  screen: ScreenPoint
  alt: boolean
}

/** What tools need of the view that shows the selected patch. */
export interface ToolView {
  readonly host: HTMLElement
  toPixel(point: ScreenPoint): PixelPoint
  toScreen(pixel: PixelPoint): ScreenPoint
  /** Screen pixels that one raster pixel takes. */
  pixelSize(): number
  /** Puts the whole mask up; until `endPainting` its texture changes through `paintMask` alone. */
  beginPainting(patch: PatchRecord, mask: Uint8Array): void
  paintMask(patch: PatchRecord, window: PixelWindow, mask: Uint8Array): void
  /** @param revision of the mask in the store that the texture shows already; absent: upload it anew. */
  endPainting(patch: PatchRecord, revision?: number): void
  /** The pointer is over this place of the raster, or left the map. */
  onPointer(pixel: PixelPoint | null): void
}

/** A tool as a small state machine: idle until a press that it takes, then busy until release or cancel. */
export interface MapTool {
  /** @returns false: not taken, the map may pan. */
  press(at: ToolEvent): boolean
  drag(at: ToolEvent): void
  release(at: ToolEvent): void
  /** The system took the pointer away, or another tool was chosen in the middle. */
  cancel(): void
  doublePress?(at: ToolEvent): void
}
