import type { Command } from '../command'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { activatePane, toggleViewMode } from './actions'
import { hasTwoPanes, type ViewMode } from './slice'

export const VIEW_MODES: readonly { id: ViewMode; title: string; key: string; description: string }[] = [
  { id: 'single', title: 'Single patch', key: 'q', description: 'One patch on the whole stage.' },
  {
    id: 'swipe',
    title: 'Swipe',
    key: 'w',
    description: 'Two views of the patch over each other, with a divider to drag. Again: back to one.',
  },
  {
    id: 'side-by-side',
    title: 'Side by side',
    key: 'd',
    description: 'Two views of the patch with one camera; painting works in both. Again: back to one.',
  },
  {
    id: 'sheet',
    title: 'Contact sheet',
    key: 'c',
    description: 'All patches as filtered and ordered, with masks and verdicts. Again: back to one.',
  },
  {
    id: 'map',
    title: 'Map',
    key: 't',
    description: 'Georeferenced rasters at their place, in their own projection. Again: back to one.',
  },
]

const hasPatches = (state: StudioState) => state.patches.list.length > 0
/** The modes in which one camera looks at something. */
const hasCamera = (state: StudioState) => hasPatches(state) && state.view.mode !== 'sheet'

const zoom = (studio: Studio, steps: number) =>
  studio.store.change(state => ({ view: { zoomRequest: state.view.zoomRequest + steps } }))

const PANS = [
  { id: 'left', key: 'ArrowLeft', right: -1, down: 0 },
  { id: 'right', key: 'ArrowRight', right: 1, down: 0 },
  { id: 'up', key: 'ArrowUp', right: 0, down: -1 },
  { id: 'down', key: 'ArrowDown', right: 0, down: 1 },
] as const

export const viewModeCommands: readonly Command[] = [
  ...VIEW_MODES.map(
    ({ id, title, key, description }): Command => ({
      id: `mode-${id}`,
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
    title: 'Set the other pane',
    description: 'With two views: makes the layers panel and its keys set the other one.',
    group: 'View',
    keys: ['x'],
    isEnabled: state => hasPatches(state) && hasTwoPanes(state.view.mode),
    run: studio =>
      activatePane(studio, studio.store.getState().layers.activePane === 'first' ? 'second' : 'first'),
  },
  {
    id: 'zoom-in',
    title: 'Zoom in',
    group: 'View',
    keys: ['+'],
    isEnabled: hasCamera,
    run: studio => zoom(studio, 1),
  },
  {
    id: 'zoom-out',
    title: 'Zoom out',
    // On most keyboards Shift and minus, as plus is Shift and equals: both without Shift are the threshold.
    group: 'View',
    keys: ['_'],
    isEnabled: hasCamera,
    run: studio => zoom(studio, -1),
  },
  ...PANS.map(
    ({ id, key, right, down }): Command => ({
      id: `move-view-${id}`,
      title: `Move the view ${id}`,
      group: 'View',
      keys: [`$mod+${key}`],
      isEnabled: hasCamera,
      run: studio =>
        studio.store.change(({ view: { panRequest } }) => ({
          view: { panRequest: { right: panRequest.right + right, down: panRequest.down + down } },
        })),
    }),
  ),
]
