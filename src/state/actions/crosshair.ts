import { selectedPatch } from '../selectors'
import type { Studio } from '../studio'
import { addVertex, closePolygon } from './drawShape'
import { fillAt } from './fillAt'
import { beginStroke } from './paintStroke'
import { pickAt } from './pickAt'

/** Moves the point at which the keyboard acts, by whole pixels, within the patch; it first appears in the middle. */
export function moveCrosshair(studio: Studio, columns: number, rows: number): void {
  const patch = selectedPatch(studio.store.getState())
  if (!patch) return
  studio.store.setState(({ crosshair }) => {
    const from = crosshair ?? { column: Math.floor(patch.width / 2), row: Math.floor(patch.height / 2) }
    const step = (at: number, by: number, size: number) =>
      Math.min(size - 1, Math.max(0, Math.floor(at) + by)) + 0.5
    return crosshair
      ? {
          crosshair: {
            column: step(from.column, columns, patch.width),
            row: step(from.row, rows, patch.height),
          },
        }
      : { crosshair: { column: from.column + 0.5, row: from.row + 0.5 } }
  })
}

/** Does at the crosshair what a click (for a polygon's last point a double click) with the tool in hand would do there. */
export function actAtCrosshair(studio: Studio, alt = false): void {
  const { tool, crosshair, draft } = studio.store.getState()
  const last = draft?.vertices.at(-1)
  const again = last?.column === crosshair?.column && last?.row === crosshair?.row
  // Points placed by mouse, or the last one named twice, as a double click would.
  if (tool === 'polygon' && draft && draft.vertices.length > 2 && (!crosshair || again)) {
    closePolygon(studio)
    return
  }
  if (!crosshair) {
    moveCrosshair(studio, 0, 0)
    return
  }
  if (tool === 'polygon') addVertex(studio, crosshair, alt)
  if (tool === 'fill') fillAt(studio, crosshair, alt)
  if (tool === 'pick') pickAt(studio, crosshair)
  if (tool === 'brush' || tool === 'erase') {
    const dab = beginStroke(studio)
    dab?.moveTo(crosshair)
    dab?.finish()
  }
}
