import type { QueueOrder } from '../../core/review/queueOrder'
import type { Command } from '../command'
import { askForFiles, openDialog } from '../shell/actions'
import type { StudioState } from '../studioState'
import { selectNeighbour } from '../view/actions'
import {
  clearSelection,
  drawAudit,
  orderQueue,
  selectShown,
  showAllPatches,
  showFilters,
  sortAgain,
  toggleSelection,
} from './actions'
import { openDemo } from './files'
import { holdOut } from './holdOut'
import { removePatches } from './removal'
import { chosenOrShown, queueIsStale, removalObstacle, replacementObstacle, selectedPatch } from './selectors'
import { NO_SEARCH } from './slice'

const hasSelected = (state: StudioState) => selectedPatch(state) !== null

const hasPatches = (state: StudioState) => state.patches.list.length > 0

const order = (id: QueueOrder, title: string, description: string): Command => ({
  id: `order-${id}`,
  title,
  description,
  group: 'Patches',
  keys: [],
  isEnabled: hasPatches,
  isOn: state => state.patches.order === id,
  run: studio => orderQueue(studio, id),
})

export const patchCommands: readonly Command[] = [
  order('file', 'Order by file', 'In import order.'),
  order('name', 'Order by name', 'image_2 comes before image_10.'),
  order('disagreement', 'Order by disagreement', 'Patches where the networks disagree most come first.'),
  order('entropy', 'Order by entropy', 'Patches where the ensemble is least sure come first.'),
  order('random', 'Random audit order', 'A random sample comes first, for an unbiased estimate of accuracy.'),
  {
    id: 'sort-again',
    title: 'Sort again',
    description: 'By the current scores.',
    group: 'Patches',
    keys: [],
    isEnabled: queueIsStale,
    obstacle: state => (queueIsStale(state) ? null : 'The order is up to date.'),
    run: sortAgain,
  },
  {
    id: 'draw-audit',
    title: 'Draw another audit sample',
    group: 'Patches',
    keys: [],
    changesProject: true,
    isEnabled: hasPatches,
    run: studio => {
      const {
        patches: { auditSize, auditSeed },
      } = studio.store.getState()
      drawAudit(studio, auditSize, auditSeed + 1)
    },
  },
  {
    id: 'find-patch',
    title: 'Find patches',
    description: 'By name, verdict, round, disagreement or audit sample.',
    group: 'Patches',
    keys: ['/'],
    isEnabled: hasPatches,
    isOn: state => state.patches.filtersOpen,
    run: studio => showFilters(studio, !studio.store.getState().patches.filtersOpen),
  },
  {
    id: 'show-all-patches',
    title: 'Show all patches',
    description: 'Clears all filters.',
    group: 'Patches',
    keys: [],
    isEnabled: state => state.patches.search !== NO_SEARCH || state.patches.filter !== 'all',
    run: showAllPatches,
  },
  {
    id: 'select-patch',
    title: 'Select patch',
    description: 'Puts the patch on screen into the selection, or takes it out.',
    group: 'Patches',
    keys: ['z'],
    isEnabled: state => state.view.selectedId !== null,
    isOn: ({ view, patches }) => view.selectedId !== null && patches.selection.includes(view.selectedId),
    run: studio => {
      const { selectedId } = studio.store.getState().view
      if (selectedId) toggleSelection(studio, [selectedId])
    },
  },
  {
    id: 'select-all',
    title: 'Select all in list',
    description: 'Every patch that the filters show.',
    group: 'Patches',
    keys: ['$mod+a'],
    isEnabled: hasPatches,
    run: selectShown,
  },
  {
    id: 'deselect-all',
    title: 'Deselect all',
    group: 'Patches',
    keys: [],
    isEnabled: state => state.patches.selection.length > 0,
    run: clearSelection,
  },
  {
    id: 'hold-out',
    title: 'Hold out',
    description: 'Keeps the selected patches, or the one on screen, out of training, to score rounds by.',
    group: 'Patches',
    keys: [],
    changesProject: true,
    isEnabled: state => chosenOrShown(state).length > 0,
    isOn: state => chosenOrShown(state).length > 0 && chosenOrShown(state).every(patch => patch.heldOut),
    run: studio => {
      const patches = chosenOrShown(studio.store.getState())
      holdOut(
        studio,
        patches.map(({ id }) => id),
        !patches.every(patch => patch.heldOut),
      )
    },
  },
  {
    id: 'next-patch',
    title: 'Next patch',
    group: 'Patches',
    keys: ['j', 'ArrowDown'],
    isEnabled: state => state.patches.list.length > 0,
    run: studio => selectNeighbour(studio, 1),
  },
  {
    id: 'previous-patch',
    title: 'Previous patch',
    group: 'Patches',
    keys: ['k', 'ArrowUp'],
    isEnabled: state => state.patches.list.length > 0,
    run: studio => selectNeighbour(studio, -1),
  },
  {
    id: 'rename-patch',
    title: 'Rename patch',
    group: 'Patches',
    keys: ['F2'],
    changesProject: true,
    isEnabled: hasSelected,
    run: studio => openDialog(studio, 'rename-patch'),
  },
  {
    id: 'attach-mask',
    title: 'Attach mask',
    description: 'A mask file for the patch on screen: as its label, or as your correction.',
    group: 'Patches',
    keys: [],
    changesProject: true,
    isEnabled: state => hasSelected(state) && !state.shell.jobs.import,
    run: studio => askForFiles(studio, 'mask'),
  },
  {
    id: 'replace-file',
    title: 'Replace file',
    description: 'Another file for the patch on screen, on the same grid. Label and name stay.',
    group: 'Patches',
    keys: [],
    changesProject: true,
    isEnabled: state =>
      hasSelected(state) &&
      !state.shell.jobs.import &&
      replacementObstacle(state, selectedPatch(state)) === null,
    obstacle: state => replacementObstacle(state, selectedPatch(state)),
    run: studio => askForFiles(studio, 'replacement'),
  },
  {
    id: 'remove-patch',
    title: 'Remove patch',
    description: 'Take the selected patch out of the project; undo brings it back.',
    group: 'Patches',
    keys: ['Shift+Delete'],
    changesProject: true,
    isEnabled: state => hasSelected(state) && removalObstacle(state) === null,
    obstacle: removalObstacle,
    run: studio => removePatches(studio, [studio.store.getState().view.selectedId ?? '']),
  },
]

/** What comes into the project, and what leaves it. */
export const fileCommands: readonly Command[] = [
  {
    id: 'open-demo',
    title: 'Open demo',
    group: 'Project',
    keys: [],
    changesProject: true,
    isEnabled: state => state.session.phase === 'ready' && !state.shell.jobs.import,
    run: openDemo,
  },
  {
    id: 'import-report',
    title: 'Import report',
    description: 'What was added, what needs a decision, and what was refused.',
    group: 'Project',
    keys: [],
    isEnabled: ({ patches: { importOutcome, list } }) =>
      importOutcome !== null || list.some(({ problems }) => problems.length > 0),
    obstacle: ({ session }) => (session.phase === 'ready' ? 'No file was imported yet.' : null),
    run: studio => openDialog(studio, 'import-report'),
  },
  {
    id: 'export',
    title: 'Export',
    group: 'Project',
    keys: ['$mod+Shift+e'],
    isEnabled: state => state.patches.list.length > 0,
    run: studio => openDialog(studio, 'export'),
  },
]
