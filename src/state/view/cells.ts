import type { PatchRecord } from '../../core/review/records'
import { selectedPatch } from '../patches/selectors'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { selectPatch } from './actions'

export type CellDirection = 'above' | 'below' | 'left' | 'right'

const STEPS: Readonly<Record<CellDirection, { row: number; column: number }>> = {
  above: { row: -1, column: 0 },
  below: { row: 1, column: 0 },
  left: { row: 0, column: -1 },
  right: { row: 0, column: 1 },
}

/** The nearest cell of the same scene in a direction, over gaps that an area leaves; null: there is none. */
export function cellBeside(state: StudioState, direction: CellDirection): PatchRecord | null {
  const from = selectedPatch(state)?.cell
  if (!from) return null
  const { row, column } = STEPS[direction]
  let nearest: { patch: PatchRecord; away: number } | null = null
  for (const patch of state.patches.list) {
    const { cell } = patch
    if (cell?.sceneId !== from.sceneId) continue
    const [down, across] = [cell.row - from.row, cell.column - from.column]
    const away = down * row + across * column
    const inLine = row === 0 ? down === 0 : across === 0
    if (inLine && away > 0 && away < (nearest?.away ?? Number.POSITIVE_INFINITY)) nearest = { patch, away }
  }
  return nearest?.patch ?? null
}

export function goToCell(studio: Studio, direction: CellDirection): void {
  const cell = cellBeside(studio.store.getState(), direction)
  if (cell) void selectPatch(studio, cell.id)
}

/** Why there is no cell to go to, in words for a person. */
export function whyNoCell(state: StudioState): string {
  return selectedPatch(state)?.cell ? 'The scene has no cell there.' : 'This patch is not a cell of a scene.'
}
