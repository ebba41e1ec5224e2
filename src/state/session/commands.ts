import type { Command } from '../command'
import { openDialog } from '../shell/actions'
import type { StudioState } from '../studioState'
import { chooseArchive, retrySaving, saveArchive, showStorage } from './projectActions'

const ready = ({ session: { phase } }: StudioState) => phase === 'ready'

/** Commands about which tab has the project and whether it is saved. */
export const sessionCommands: readonly Command[] = [
  {
    id: 'take-over',
    title: 'Take over here',
    description: 'Ask the tab that has the project to hand it over.',
    group: 'Project',
    keys: [],
    isEnabled: ({ session: { access, takeOver } }) =>
      access === 'read-only' && (takeOver.status === 'none' || takeOver.status === 'denied'),
    run: studio => studio.session?.ask(),
  },
  {
    id: 'save-archive',
    title: 'Save project archive',
    description: 'Save images, masks, verdicts, history, rounds and models as one zip.',
    group: 'Project',
    keys: ['$mod+Shift+s'],
    isEnabled: state => ready(state) && !state.shell.jobs.archive,
    run: saveArchive,
  },
  {
    id: 'open-archive',
    title: 'Open project archive',
    description: 'Replace this project with an archive (asks first).',
    group: 'Project',
    keys: [],
    changesProject: true,
    isEnabled: state => ready(state) && Object.keys(state.shell.jobs).length === 0,
    run: chooseArchive,
  },
  {
    id: 'new-project',
    title: 'New project',
    description: 'Remove everything from this project (asks first).',
    group: 'Project',
    keys: [],
    changesProject: true,
    isEnabled: state =>
      ready(state) && state.patches.list.length > 0 && Object.keys(state.shell.jobs).length === 0,
    run: studio => openDialog(studio, 'new-project'),
  },
  {
    id: 'rename-project',
    title: 'Rename project',
    group: 'Project',
    keys: [],
    changesProject: true,
    isEnabled: ready,
    run: studio => openDialog(studio, 'rename-project'),
  },
  {
    id: 'storage',
    title: 'Storage',
    description: 'See how much browser storage the project uses, and free space.',
    group: 'Project',
    keys: [],
    isEnabled: ready,
    run: showStorage,
  },
  {
    id: 'retry-saving',
    title: 'Retry saving',
    description: 'Try again to save changes that the disk had no room for.',
    group: 'Project',
    keys: [],
    isEnabled: ({ session: { unsaved, access } }) =>
      unsaved !== null && !unsaved.retrying && access === 'owner',
    run: retrySaving,
  },
]
