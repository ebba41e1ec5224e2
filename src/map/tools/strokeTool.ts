import { beginStroke, type Stroke } from '../../state/actions/paintStroke'
import type { Studio } from '../../state/studio'
import type { MapTool, ToolEvent, ToolView } from './mapTool'

/** Brush and eraser: from press to release one stroke, which is one undoable step. */
export class StrokeTool implements MapTool {
  private stroke: Stroke | null = null

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
    const { stroke } = this
    const window = stroke?.moveTo(pixel)
    if (stroke && window) this.view.paintMask(stroke.patch, window, stroke.mask)
  }

  release(): void {
    const { stroke } = this
    this.stroke = null
    if (!stroke) return
    stroke.finish()
    // The texture was painted along: it shows what the store has just been told of.
    const { maskRevision } = this.studio.store.getState()
    this.view.endPainting(stroke.patch, maskRevision[stroke.patch.id] ?? 0)
  }

  cancel(): void {
    const { stroke } = this
    this.stroke = null
    if (!stroke) return
    this.view.endPainting(stroke.patch)
    stroke.abandon()
  }
}
