import type { Command } from '../command'
import type { StudioState } from '../studioState'
import { chooseArchive, retrySaving, saveArchive, showStorage } from './projectActions'

/** Commands about which tab has the project and whether it is saved. */
const ready = ({ session: { phase } }: StudioState) => phase === 'ready'

export const sessionCommands: readonly Command[] = [
  {
    id: 'take-over',
    title: 'Take over here',
    description: 'Asks the tab that has the project to hand it to this one.',
    group: 'Project',
    keys: [],
    isEnabled: ({ session: { access, takeOver } }) =>
      access === 'read-only' && (takeOver.status === 'none' || takeOver.status === 'denied'),
    run: studio => studio.session?.ask(),
  },
  {
    id: 'save-archive',
    title: 'Save project archive',
    description:
      'One zip with images, masks, verdicts, history, rounds and models, to keep or to open elsewhere.',
    group: 'Project',
    keys: ['$mod+Shift+s'],
    isEnabled: state => ready(state) && !state.shell.jobs.archive,
    run: saveArchive,
  },
  {
    id: 'open-archive',
    title: 'Open project archive',
    description: 'Puts a saved archive in the place of this project, after asking.',
    group: 'Project',
    keys: [],
    changesProject: true,
    isEnabled: state => ready(state) && Object.keys(state.shell.jobs).length === 0,
    run: chooseArchive,
  },
  {
    id: 'new-project',
    title: 'New project',
    description: 'Empties this project, after asking.',
    group: 'Project',
    keys: [],
    changesProject: true,
    isEnabled: state =>
      ready(state) && state.patches.list.length > 0 && Object.keys(state.shell.jobs).length === 0,
    run: studio => studio.store.change({ shell: { dialog: 'new-project' } }),
  },
  {
    id: 'rename-project',
    title: 'Rename project',
    group: 'Project',
    keys: [],
    changesProject: true,
    isEnabled: ready,
    run: studio => studio.store.change({ shell: { dialog: 'rename-project' } }),
  },
  {
    id: 'storage',
    title: 'Storage',
    description: 'What the project takes of this browser’s storage, and how to make room.',
    group: 'Project',
    keys: [],
    isEnabled: state => state.session.phase === 'ready',
    run: showStorage,
  },
  {
    id: 'retry-saving',
    title: 'Retry saving',
    description: 'Writes the changes again that the disk had no room for.',
    group: 'Project',
    keys: [],
    isEnabled: ({ session: { unsaved, access } }) =>
      unsaved !== null && !unsaved.retrying && access === 'owner',
    run: retrySaving,
  },
]
