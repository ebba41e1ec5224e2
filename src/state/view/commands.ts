import type { Command } from '../command'
import { activatePane } from '../layers/panes'
import type { StudioState } from '../studioState'
import { fitView, moveView, showMinimap, toggleViewMode, zoomBy } from './actions'
import { cellBeside, goToCell, whyNoCell } from './cells'
import { hasTwoPanes, VIEW_MODES } from './slice'

const hasPatches = (state: StudioState) => state.patches.list.length > 0
/** The modes in which one camera looks at something. */
const hasCamera = (state: StudioState) => hasPatches(state) && state.view.mode !== 'sheet'

const PANS = [
  { id: 'left', key: 'ArrowLeft', right: -1, down: 0 },
  { id: 'right', key: 'ArrowRight', right: 1, down: 0 },
  { id: 'up', key: 'ArrowUp', right: 0, down: -1 },
  { id: 'down', key: 'ArrowDown', right: 0, down: 1 },
] as const

const CELLS = [
  { direction: 'above', key: 'ArrowUp' },
  { direction: 'below', key: 'ArrowDown' },
  { direction: 'left', key: 'ArrowLeft' },
  { direction: 'right', key: 'ArrowRight' },
] as const

const onMap = (state: StudioState) => hasPatches(state) && state.view.mode === 'map'

export const viewCommands: readonly Command[] = [
  {
    id: 'fit',
    where: 'everywhere',
    title: 'Fit to view',
    group: 'View',
    keys: ['0'],
    isEnabled: state => state.view.selectedId !== null,
    run: fitView,
  },
  ...VIEW_MODES.map(
    ({ id, title, key, description }): Command => ({
      id: `mode-${id}`,
      // The map and the sheet show other patches with their masks.
      ...(id !== 'sheet' && id !== 'map' && { where: 'everywhere' as const }),
      title,
      description,
      group: 'View',
      keys: [key],
      isEnabled: hasPatches,
      run: studio => toggleViewMode(studio, id),
    }),
  ),
  {
    id: 'other-pane',
    where: 'everywhere',
    title: 'Switch pane',
    description: 'With two views: the Layers panel and its keys control the other one.',
    group: 'View',
    keys: ['x'],
    isEnabled: state => hasPatches(state) && hasTwoPanes(state.view.mode),
    run: studio =>
      activatePane(studio, studio.store.getState().layers.activePane === 'first' ? 'second' : 'first'),
  },
  {
    id: 'zoom-in',
    where: 'everywhere',
    title: 'Zoom in',
    group: 'View',
    keys: ['9'],
    isEnabled: hasCamera,
    run: studio => zoomBy(studio, 1),
  },
  {
    id: 'zoom-out',
    where: 'everywhere',
    title: 'Zoom out',
    group: 'View',
    keys: ['8'],
    isEnabled: hasCamera,
    run: studio => zoomBy(studio, -1),
  },
  ...PANS.map(
    ({ id, key, right, down }): Command => ({
      id: `move-view-${id}`,
      where: 'everywhere',
      title: `Pan ${id}`,
      group: 'View',
      keys: [`$mod+${key}`],
      isEnabled: hasCamera,
      run: studio => moveView(studio, right, down),
    }),
  ),
  ...CELLS.map(
    ({ direction, key }): Command => ({
      id: `cell-${direction}`,
      title: `Go to the cell ${direction === 'left' || direction === 'right' ? `on the ${direction}` : direction}`,
      description: 'The nearest one of the same scene.',
      group: 'View',
      keys: [`$mod+Shift+${key}`],
      isEnabled: state => cellBeside(state, direction) !== null,
      obstacle: whyNoCell,
      run: studio => goToCell(studio, direction),
    }),
  ),
  {
    id: 'minimap',
    title: 'Minimap',
    description: 'On the map: all cells with their verdicts, and what is in sight. Shown for scenes.',
    group: 'View',
    keys: [],
    isEnabled: onMap,
    obstacle: () => 'Go to the map first.',
    isOn: state => state.view.minimap,
    run: studio => showMinimap(studio, !studio.store.getState().view.minimap),
  },
]
