import type { PixelPoint } from '../../core/review/pixelPoint'
import { fillShape } from '../../state/actions/drawShape'
import { isReviewable, selectedPatch } from '../../state/selectors'
import type { Studio } from '../../state/studio'
import type { MapTool, ToolEvent } from './mapTool'

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
    return this.studio.store.getState().subtract !== this.alt
  }

  press(at: ToolEvent): boolean {
    const state = this.studio.store.getState()
    if (!isReviewable(selectedPatch(state)) || state.loading) return false
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
    // A click encloses nothing and is no mistake to be told about.
    if (line.length > 2) fillShape(this.studio, line, this.subtract)
  }

  cancel(): void {
    this.line = []
    this.show(null, false)
  }
}
