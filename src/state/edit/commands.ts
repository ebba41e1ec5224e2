import { always, type Command } from '../command'
import { selectedPatch } from '../patches/selectors'
import type { StudioState } from '../studioState'
import { holdPan } from '../view/actions'
import { chooseTool, resizeBrush, setPaintClass, setSubtract } from './actions'
import { editObstacle } from './beginEdit'
import { applyCleanUp, cancelCleanUp, previewCleanUp } from './cleanUp'
import { CLASSES, type CleanUpKind, type Tool } from './slice'
import {
  actAtCrosshair,
  cancelPolygon,
  closePolygon,
  crosshairOf,
  hideCrosshair,
  moveCrosshair,
  pickAt,
  removeVertex,
} from './tools'

const choose = (id: Tool, title: string, key: string, description: string): Command => ({
  id,
  title,
  description,
  group: 'Tools',
  keys: [key],
  isEnabled: always,
  run: studio => chooseTool(studio, id),
})

const canEdit = (state: StudioState) => editObstacle(state) === null

/** Tools that act at a point. */
const actsAtPoint = ({ edit: { tool } }: StudioState) => tool !== 'pan' && tool !== 'lasso'

const hasDraft = (state: StudioState) => state.edit.draft !== null

/** One pixel, or with Shift ten. */
const move = (direction: string, columns: number, rows: number): Command[] =>
  [1, 10].map(step => ({
    id: `crosshair-${direction}${step > 1 ? '-far' : ''}`,
    where: 'everywhere',
    title: `Crosshair ${direction}${step > 1 ? ' by 10' : ''}`,
    group: 'Tools',
    keys: [],
    mapKeys: [`${step > 1 ? 'Shift+' : ''}Arrow${direction[0]!.toUpperCase()}${direction.slice(1)}`],
    isEnabled: state => state.view.selectedId !== null,
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
  obstacle: editObstacle,
  run: studio => previewCleanUp(studio, kind),
})

export const editCommands: readonly Command[] = [
  choose('pan', 'Pan', 'v', 'Drag to move the map.'),
  choose('brush', 'Brush', 'b', 'Paint with a round brush.'),
  choose('erase', 'Erase', 'e', 'Paint background.'),
  choose(
    'polygon',
    'Polygon',
    'p',
    'Click to add points. Enter or double-click closes, Backspace removes the last point, Escape cancels. Alt subtracts.',
  ),
  choose('lasso', 'Lasso', 'l', 'Draw around pixels to paint them. Alt subtracts.'),
  choose('fill', 'Fill', 'g', 'Paint connected, similar pixels. Alt subtracts.'),
  choose('pick', 'Pick class', 'Shift+c', 'Pick the class of a pixel and outline its landslide.'),
  ...CLASSES.map(
    ({ value, id, title }, index): Command => ({
      id,
      title: `Paint ${title.toLowerCase()}`,
      group: 'Tools',
      keys: [String(index + 1)],
      isEnabled: always,
      run: studio => setPaintClass(studio, value),
    }),
  ),
  {
    id: 'brush-smaller',
    title: 'Smaller brush',
    group: 'Tools',
    keys: ['['],
    isEnabled: always,
    run: studio => resizeBrush(studio, false),
  },
  {
    id: 'brush-larger',
    title: 'Larger brush',
    group: 'Tools',
    keys: [']'],
    isEnabled: always,
    run: studio => resizeBrush(studio, true),
  },
  {
    id: 'pick-at-crosshair',
    title: 'Pick class at the crosshair',
    group: 'Tools',
    keys: [],
    isEnabled: state => selectedPatch(state) !== null && crosshairOf(state) !== null,
    run: studio => {
      const crosshair = crosshairOf(studio.store.getState())
      if (crosshair) pickAt(studio, crosshair)
    },
  },
  {
    id: 'hold-pan',
    where: 'everywhere',
    title: 'Pan while held',
    group: 'Tools',
    keys: ['Space'],
    isEnabled: always,
    run: studio => holdPan(studio, true),
    release: studio => holdPan(studio, false),
  },
  ...move('left', -1, 0),
  ...move('right', 1, 0),
  ...move('up', 0, -1),
  ...move('down', 0, 1),
  {
    id: 'crosshair-act',
    title: 'Use the tool at the crosshair',
    description: 'A brush dab, a polygon point, a fill or a pick.',
    group: 'Tools',
    keys: [],
    mapKeys: ['Enter'],
    changesProject: true,
    isEnabled: state => canEdit(state) && actsAtPoint(state),
    obstacle: state =>
      actsAtPoint(state) ? editObstacle(state) : 'Choose a tool first: brush, erase, polygon, fill or pick.',
    run: studio => actAtCrosshair(studio),
  },
  {
    id: 'polygon-close',
    title: 'Close polygon',
    group: 'Tools',
    keys: [],
    // With the crosshair in use Enter places points; then Shift+Enter closes.
    mapKeys: ['Shift+Enter'],
    changesProject: true,
    isEnabled: state => (state.edit.draft?.vertices.length ?? 0) >= 3,
    run: closePolygon,
  },
  {
    id: 'polygon-back',
    title: 'Remove last point',
    group: 'Tools',
    keys: [],
    mapKeys: ['Backspace'],
    isEnabled: hasDraft,
    run: removeVertex,
  },
  {
    id: 'polygon-cancel',
    title: 'Cancel polygon',
    group: 'Tools',
    keys: [],
    mapKeys: ['Escape'],
    isEnabled: hasDraft,
    run: cancelPolygon,
  },
  {
    id: 'crosshair-off',
    title: 'Hide crosshair',
    group: 'Tools',
    keys: [],
    mapKeys: ['Escape'],
    isEnabled: state => state.edit.crosshair !== null && state.edit.draft === null,
    run: hideCrosshair,
  },
  {
    id: 'toggle-subtract',
    title: 'Subtract shapes',
    description: 'Polygon, lasso and fill erase instead of painting.',
    group: 'Tools',
    keys: [],
    isEnabled: always,
    run: studio => setSubtract(studio, !studio.store.getState().edit.subtract),
  },
  clean(
    'minimum-area',
    'Remove small landslides',
    'Outlines what would be removed; apply to change the mask.',
  ),
  clean('holes', 'Fill holes', 'Outlines what would be filled; apply to change the mask.'),
  clean('majority', 'Smooth by majority', 'Outlines what would change; apply to change the mask.'),
  {
    id: 'clean-up-apply',
    title: 'Apply clean-up',
    group: 'Edit',
    keys: [],
    changesProject: true,
    isEnabled: state => state.edit.cleanUp !== null && state.edit.cleanUp.pixels > 0,
    run: applyCleanUp,
  },
  {
    id: 'clean-up-cancel',
    title: 'Cancel clean-up',
    group: 'Edit',
    keys: [],
    isEnabled: state => state.edit.cleanUp !== null,
    run: cancelCleanUp,
  },
]
