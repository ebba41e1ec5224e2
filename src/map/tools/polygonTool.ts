import { addVertex, closePolygon, removeVertex } from '../../state/actions/drawShape'
import type { Studio } from '../../state/studio'
import type { MapTool, ToolEvent, ToolView } from './mapTool'

/** Screen pixels round the first point within which a click closes the polygon. */
const CLOSING_DISTANCE = 9

/** Each press places a vertex; a double click, or a click on the first vertex, closes. The draft is in the store. */
export class PolygonTool implements MapTool {
  constructor(
    private readonly studio: Studio,
    private readonly view: ToolView,
  ) {}

  press(at: ToolEvent): boolean {
    const { draft, selectedId } = this.studio.store.getState()
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
    if ((this.studio.store.getState().draft?.vertices.length ?? 0) > 3) removeVertex(this.studio)
    closePolygon(this.studio)
  }

  drag(): void {}

  release(): void {}

  cancel(): void {}
}
