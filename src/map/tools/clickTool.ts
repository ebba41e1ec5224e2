import { isReviewable, selectedPatch } from '../../state/selectors'
import type { Studio } from '../../state/studio'
import type { MapTool, ToolEvent } from './mapTool'

/** Acts once, where the pointer is pressed: fill and pick. */
export class ClickTool implements MapTool {
  constructor(
    private readonly studio: Studio,
    private readonly act: (at: ToolEvent) => void,
  ) {}

  press(at: ToolEvent): boolean {
    const state = this.studio.store.getState()
    if (!isReviewable(selectedPatch(state)) || state.loading) return false
    this.act(at)
    return true
  }

  drag(): void {}

  release(): void {}

  cancel(): void {}
}
