import { always, type Command } from '../command'
import { stopRound } from '../rounds/runRound'
import type { StudioState } from '../studioState'
import { acceptUpdate, askForFiles, openDialog, setTheme, showTourStep, toggleColumn } from './actions'
import type { Column, JobKind, Theme } from './slice'

const mayImport = (state: StudioState) => state.session.phase === 'ready' && !state.shell.jobs.import

const theme = (id: Theme, title: string, description: string): Command => ({
  id: `theme-${id}`,
  where: 'everywhere',
  title,
  description,
  group: 'Window',
  keys: [],
  isEnabled: always,
  isOn: state => state.shell.theme === id,
  run: studio => setTheme(studio, id),
})

const column = (id: Column, title: string, key: string): Command => ({
  id: `toggle-${id}`,
  where: 'everywhere',
  title,
  description: 'Shows or hides the side column.',
  group: 'Window',
  keys: [key],
  isEnabled: always,
  isOn: ({ shell: { narrow, drawer, hiddenColumns } }) =>
    narrow ? drawer === id : !hiddenColumns.includes(id),
  run: studio => toggleColumn(studio, id),
})

/** What Escape stops first when several jobs run: what a person waits for; a round last, and it asks. */
const CANCEL_ORDER: readonly JobKind[] = [
  'review',
  'audit',
  'predict',
  'check',
  'model',
  'import',
  'scene',
  'archive',
  'export',
  'inventory',
  'round',
]

export const cancelCommand: Command = {
  id: 'cancel',
  where: 'everywhere',
  title: 'Cancel',
  group: 'Project',
  keys: ['Escape'],
  isEnabled: state => CANCEL_ORDER.some(kind => state.shell.jobs[kind]),
  run: studio => {
    const {
      shell: { jobs },
    } = studio.store.getState()
    const kind = CANCEL_ORDER.find(candidate => jobs[candidate])
    if (kind === 'round') stopRound(studio)
    else if (kind) studio.jobs.cancel(kind)
  },
}

/** What sets up the studio itself rather than a project. */
export const shellCommands: readonly Command[] = [
  {
    id: 'open-files',
    title: 'Open files',
    description: 'Images, masks, zips, models and checkpoints. Or drop them on the window.',
    group: 'Project',
    keys: ['$mod+o'],
    changesProject: true,
    isEnabled: mayImport,
    run: studio => askForFiles(studio, 'files'),
  },
  {
    id: 'open-folder',
    title: 'Open folder',
    description: 'All files in a folder. Images and masks pair by name.',
    group: 'Project',
    keys: [],
    changesProject: true,
    isEnabled: mayImport,
    run: studio => askForFiles(studio, 'folder'),
  },
  column('patches', 'Patches column', '$mod+b'),
  column('panels', 'Panels column', '$mod+j'),
  theme('system', 'System theme', 'Light or dark, as the system is set.'),
  theme('light', 'Light theme', 'The image stays on a dark stage.'),
  theme('dark', 'Dark theme', 'For long sessions and dim rooms.'),
  {
    id: 'cheat-sheet',
    where: 'everywhere',
    title: 'Keyboard shortcuts',
    group: 'Help',
    // Some keyboards have the question mark without Shift.
    keys: ['Shift+?', '?'],
    isEnabled: always,
    run: studio => openDialog(studio, 'cheat-sheet'),
  },
  {
    id: 'palette',
    where: 'everywhere',
    inFields: true,
    title: 'Find a command',
    description: 'Every command and patch by name.',
    group: 'Help',
    keys: ['$mod+k'],
    isEnabled: always,
    run: studio => openDialog(studio, 'palette'),
  },
  {
    id: 'update',
    where: 'everywhere',
    title: 'Reload to update',
    description: 'Reload to install the update.',
    group: 'Help',
    keys: [],
    isEnabled: ({ shell: { update, jobs } }) =>
      (update === 'ready' || update === 'later') && jobs.round === undefined,
    obstacle: ({ shell: { update, jobs } }) =>
      jobs.round && update !== 'none' ? 'Pause the round first.' : 'No update available.',
    run: acceptUpdate,
  },
  {
    id: 'tour',
    title: 'Take the tour',
    description: 'Seven short steps, from the first patch to an exported mask.',
    group: 'Help',
    keys: [],
    isEnabled: state => state.patches.list.length > 0,
    run: studio => showTourStep(studio, 0),
  },
]
