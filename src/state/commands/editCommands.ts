import { applyCleanUp, cancelCleanUp, previewCleanUp } from '../actions/cleanUp'
import { actAtCrosshair, moveCrosshair } from '../actions/crosshair'
import { cancelPolygon, closePolygon, removeVertex } from '../actions/drawShape'
import { isReviewable, selectedPatch } from '../selectors'
import type { CleanUpKind } from '../slices/editSlice'
import type { StudioState } from '../studioState'
import { always, type Command } from './command'

const canEdit = (state: StudioState) => isReviewable(selectedPatch(state)) && !state.loading
const hasDraft = (state: StudioState) => state.draft !== null

/** One pixel, or with Shift ten. */
const move = (direction: string, columns: number, rows: number): Command[] =>
  [1, 10].map(step => ({
    id: `crosshair-${direction}${step > 1 ? '-far' : ''}`,
    title: `Crosshair ${direction}${step > 1 ? ' by 10' : ''}`,
    group: 'Tools',
    keys: [],
    mapKeys: [`${step > 1 ? 'Shift+' : ''}Arrow${direction[0]!.toUpperCase()}${direction.slice(1)}`],
    isEnabled: state => state.selectedId !== null,
    run: studio => moveCrosshair(studio, columns * step, rows * step),
  }))

const clean = (kind: CleanUpKind, title: string, description: string): Command => ({
  id: `clean-up-${kind}`,
  title,
  description,
  group: 'Edit',
  keys: [],
  changesProject: true,
  isEnabled: canEdit,
  run: studio => previewCleanUp(studio, kind),
})

export const editCommands: readonly Command[] = [
  ...move('left', -1, 0),
  ...move('right', 1, 0),
  ...move('up', 0, -1),
  ...move('down', 0, 1),
  {
    id: 'crosshair-act',
    title: 'Paint or place at the crosshair',
    description: 'A dab of the brush, a point of the polygon, a fill or a pick where the crosshair stands.',
    group: 'Tools',
    keys: [],
    mapKeys: ['Enter'],
    changesProject: true,
    isEnabled: state => canEdit(state) && !['pan', 'lasso'].includes(state.tool),
    run: studio => actAtCrosshair(studio),
  },
  {
    id: 'polygon-close',
    title: 'Close the polygon',
    group: 'Tools',
    keys: [],
    // With the crosshair in use Enter places points; then Shift+Enter closes.
    mapKeys: ['Shift+Enter'],
    changesProject: true,
    isEnabled: state => (state.draft?.vertices.length ?? 0) >= 3,
    run: closePolygon,
  },
  {
    id: 'polygon-back',
    title: 'Take the last point back',
    group: 'Tools',
    keys: [],
    mapKeys: ['Backspace'],
    isEnabled: hasDraft,
    run: removeVertex,
  },
  {
    id: 'polygon-cancel',
    title: 'Cancel the polygon',
    group: 'Tools',
    keys: [],
    mapKeys: ['Escape'],
    isEnabled: hasDraft,
    run: cancelPolygon,
  },
  {
    id: 'crosshair-off',
    title: 'Hide the crosshair',
    group: 'Tools',
    keys: [],
    mapKeys: ['Escape'],
    isEnabled: state => state.crosshair !== null && state.draft === null,
    run: studio => studio.store.setState({ crosshair: null }),
  },
  {
    id: 'toggle-subtract',
    title: 'Subtract shapes',
    description: 'Polygon, lasso and fill clear to background instead of setting the class in hand.',
    group: 'Tools',
    keys: [],
    isEnabled: always,
    run: studio => studio.store.setState(state => ({ subtract: !state.subtract })),
  },
  clean(
    'minimum-area',
    'Remove small landslides',
    'Outlines what would go; nothing changes until it is applied.',
  ),
  clean('holes', 'Fill holes', 'Outlines what would be filled; nothing changes until it is applied.'),
  clean('majority', 'Smooth by majority', 'Outlines what would change; nothing changes until it is applied.'),
  {
    id: 'clean-up-apply',
    title: 'Apply the clean-up',
    group: 'Edit',
    keys: [],
    changesProject: true,
    isEnabled: state => state.cleanUp !== null && state.cleanUp.pixels > 0,
    run: applyCleanUp,
  },
  {
    id: 'clean-up-cancel',
    title: 'Leave the clean-up',
    group: 'Edit',
    keys: [],
    isEnabled: state => state.cleanUp !== null,
    run: cancelCleanUp,
  },
]
