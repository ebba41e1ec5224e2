import type { PixelWindow } from '../../core/raster/rasterSource'
import { beginStroke, type Stroke } from '../../state/actions/paintStroke'
import type { Studio } from '../../state/studio'
import type { MapTool, ToolEvent, ToolView } from './mapTool'

/**
 * Brush and eraser: from press to release one stroke, which is one undoable step. A mouse reports many moves a frame:
 * all are painted, and what they touched goes to the screen once a frame.
 */
export class StrokeTool implements MapTool {
  private stroke: Stroke | null = null
  private touched: PixelWindow | null = null
  private frame = 0

  constructor(
    private readonly studio: Studio,
    private readonly view: ToolView,
  ) {}

  press(at: ToolEvent): boolean {
    const stroke = beginStroke(this.studio)
    if (!stroke) return false
    this.stroke = stroke
    this.view.beginPainting(stroke.patch, stroke.mask)
    this.drag(at)
    return true
  }

  drag({ pixel }: ToolEvent): void {
    const window = this.stroke?.moveTo(pixel)
    if (!window) return
    this.touched = this.touched ? union(this.touched, window) : window
    this.frame ||= requestAnimationFrame(() => this.show())
  }

  release(): void {
    const stroke = this.end()
    if (!stroke) return
    stroke.finish()
    // The texture was painted along: it shows what the store has just been told of.
    const { maskRevision } = this.studio.store.getState()
    this.view.endPainting(stroke.patch, maskRevision[stroke.patch.id] ?? 0)
  }

  cancel(): void {
    const stroke = this.end()
    if (!stroke) return
    this.view.endPainting(stroke.patch)
    stroke.abandon()
  }

  private show(): void {
    cancelAnimationFrame(this.frame)
    this.frame = 0
    const { stroke, touched } = this
    this.touched = null
    if (stroke && touched) this.view.paintMask(stroke.patch, touched, stroke.mask)
  }

  private end(): Stroke | null {
    this.show()
    const { stroke } = this
    this.stroke = null
    return stroke
  }
}

function union(a: PixelWindow, b: PixelWindow): PixelWindow {
  const column = Math.min(a.column, b.column)
  const row = Math.min(a.row, b.row)
  return {
    column,
    row,
    width: Math.max(a.column + a.width, b.column + b.width) - column,
    height: Math.max(a.row + a.height, b.row + b.height) - row,
  }
}
