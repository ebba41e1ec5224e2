import { aroundWindows } from '../../core/masks/cellSpans'
import type { PixelPoint } from '../../core/masks/pixelSpans'
import type { PixelWindow } from '../../core/raster/rasterSource'
import type { PatchRecord } from '../../core/review/records'
import { refuseEdit, type Touched } from '../../state/edit/beginEdit'
import {
  addVertex,
  beginStroke,
  closePolygon,
  fillShape,
  removeVertex,
  type Stroke,
} from '../../state/edit/tools'
import type { Studio } from '../../state/studio'
import type { Fingers, ScreenPoint } from './touches'

/** A pointer over the map: where on the raster, where on the host element, and whether Alt inverts the tool. */
export interface ToolEvent {
  pixel: PixelPoint
  screen: ScreenPoint
  alt: boolean
}

/** What tools need of the view that shows the selected patch. */
export interface ToolView {
  readonly host: HTMLElement
  /**
   * Where many rasters are on screen: selects the one under a point that a tool was pressed at.
   *
   * @returns false: there is none, or it cannot be edited here, which a notice says; a promise: it is being read
   */
  aim?(point: ScreenPoint): boolean | Promise<boolean>
  toPixel(point: ScreenPoint): PixelPoint
  toScreen(pixel: PixelPoint): ScreenPoint
  /** Screen pixels that one raster pixel takes. */
  pixelSize(): number
  /** Two fingers moved: what lay under them lies under them again. */
  pinch(before: Fingers, after: Fingers): void
  /** Puts the whole mask up; until `endPainting` its texture changes through `paintMask` alone. */
  beginPainting(patch: PatchRecord, mask: Uint8Array): void
  paintMask(patch: PatchRecord, window: PixelWindow, mask: Uint8Array): void
  /** @param revision of the mask in the store that the texture shows already; absent: upload it again. */
  endPainting(patch: PatchRecord, revision?: number): void
  /** What is pointed at, by pointer or crosshair, at every move and whenever anything drawn changed; null: nothing. */
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

/**
 * Brush and eraser: from press to release one stroke, which is one undoable step. A mouse reports many moves a frame:
 * all are painted, and what they touched goes to the screen once a frame.
 */
export class StrokeTool implements MapTool {
  private stroke: Stroke | null = null
  /** By patch: what is to be drawn again. */
  private readonly touched = new Map<string, Touched>()
  /** Whose masks are put up as they are painted. */
  private painted: PatchRecord[] = []
  private frame = 0

  constructor(
    private readonly studio: Studio,
    private readonly view: ToolView,
  ) {}

  press(at: ToolEvent): boolean {
    const stroke = beginStroke(this.studio)
    if (!stroke) return false
    this.stroke = stroke
    this.painted = []
    this.put(stroke.patch, stroke.mask)
    stroke.onLaid = touched => this.touch(touched)
    this.drag(at)
    return true
  }

  drag({ pixel }: ToolEvent): void {
    for (const touched of this.stroke?.moveTo(pixel) ?? []) this.touch(touched)
  }

  release(): void {
    const stroke = this.end()
    if (!stroke) return
    stroke.finish(() => {
      this.show()
      // The textures were painted during the stroke: they already show what the store has just got.
      const {
        review: { maskRevision },
      } = this.studio.store.getState()
      for (const patch of this.taken()) this.view.endPainting(patch, maskRevision[patch.id] ?? 0)
    })
  }

  cancel(): void {
    const stroke = this.end()
    if (!stroke) return
    for (const patch of this.taken()) this.view.endPainting(patch)
    stroke.abandon()
  }

  private touch(touched: Touched): void {
    const { patch, window } = touched
    const before = this.touched.get(patch.id)
    this.touched.set(patch.id, {
      ...touched,
      window: before ? aroundWindows([before.window, window]) : window,
    })
    this.frame ||= requestAnimationFrame(() => this.show())
  }

  private show(): void {
    cancelAnimationFrame(this.frame)
    this.frame = 0
    for (const { patch, mask, window } of this.touched.values()) {
      if (this.painted.some(({ id }) => id === patch.id)) this.view.paintMask(patch, window, mask)
      else this.put(patch, mask)
    }
    this.touched.clear()
  }

  private put(patch: PatchRecord, mask: Uint8Array): void {
    this.painted.push(patch)
    this.view.beginPainting(patch, mask)
  }

  private taken(): PatchRecord[] {
    const { painted } = this
    this.painted = []
    return painted
  }

  private end(): Stroke | null {
    this.show()
    const { stroke } = this
    this.stroke = null
    return stroke
  }
}

/** Screen pixels round the first point within which a click closes the polygon. */
const CLOSING_DISTANCE = 9

/** Each press places a vertex; a double click, or a click on the first vertex, closes. The draft is in the store. */
export class PolygonTool implements MapTool {
  constructor(
    private readonly studio: Studio,
    private readonly view: ToolView,
  ) {}

  press(at: ToolEvent): boolean {
    const {
      edit: { draft },
      view: { selectedId },
    } = this.studio.store.getState()
    const [first] = draft?.patchId === selectedId ? (draft?.vertices ?? []) : []
    if (first && (draft?.vertices.length ?? 0) >= 3) {
      const begun = this.view.toScreen(first)
      if (Math.hypot(begun.x - at.screen.x, begun.y - at.screen.y) <= CLOSING_DISTANCE) {
        closePolygon(this.studio)
        return true
      }
    }
    return addVertex(this.studio, at.pixel, at.alt)
  }

  doublePress(): void {
    // The second press of the double click placed a vertex where the first one had.
    if ((this.studio.store.getState().edit.draft?.vertices.length ?? 0) > 3) removeVertex(this.studio)
    closePolygon(this.studio)
  }

  drag(): void {}

  release(): void {}

  cancel(): void {}
}

/** Screen pixels between points of the line: closer ones say nothing about pixels. */
const SPACING = 1.5

/** From press to release a line is drawn; what it encloses is then set. */
export class LassoTool implements MapTool {
  private line: PixelPoint[] = []
  private last = { x: 0, y: 0 }
  private alt = false

  constructor(
    private readonly studio: Studio,
    /** The line so far, for the overlay; null once it ended. */
    private readonly show: (line: readonly PixelPoint[] | null, subtract: boolean) => void,
  ) {}

  private get subtract(): boolean {
    return this.studio.store.getState().edit.subtract !== this.alt
  }

  press(at: ToolEvent): boolean {
    if (refuseEdit(this.studio)) return false
    this.alt = at.alt
    this.line = [at.pixel]
    this.last = at.screen
    return true
  }

  drag({ pixel, screen }: ToolEvent): void {
    if (Math.hypot(screen.x - this.last.x, screen.y - this.last.y) < SPACING) return
    this.last = screen
    this.line.push(pixel)
    this.show(this.line, this.subtract)
  }

  release(): void {
    const { line } = this
    this.cancel()
    // A click encloses nothing, and needs no message.
    if (line.length > 2) fillShape(this.studio, line, this.subtract)
  }

  cancel(): void {
    this.line = []
    this.show(null, false)
  }
}

/** Acts once, where the pointer is pressed: fill and pick. */
export class ClickTool implements MapTool {
  constructor(private readonly act: (at: ToolEvent) => void) {}

  press(at: ToolEvent): boolean {
    this.act(at)
    return true
  }

  drag(): void {}

  release(): void {}

  cancel(): void {}
}
