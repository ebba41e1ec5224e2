import type { Command } from '../command'
import { openDialog } from '../shell/actions'
import type { StudioState } from '../studioState'
import { chooseArchive, retrySaving, saveArchive, showStorage } from './projectActions'
import { askToDelete, duplicateProject, showProjects } from './projects'

const ready = ({ session: { phase } }: StudioState) => phase === 'ready'

/** No job runs that leaving the project would cut off. */
const idle = (state: StudioState) => ready(state) && Object.keys(state.shell.jobs).length === 0

/** Commands about which tab has the project and whether it is saved. */
export const sessionCommands: readonly Command[] = [
  {
    id: 'take-over',
    where: 'everywhere',
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
    where: 'everywhere',
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
    description: 'As a new project, or in place of this one.',
    group: 'Project',
    keys: [],
    changesProject: true,
    isEnabled: idle,
    run: chooseArchive,
  },
  {
    id: 'projects',
    title: 'Projects',
    description: 'Open or delete a project of this browser.',
    group: 'Project',
    keys: ['$mod+Shift+o'],
    isEnabled: ready,
    run: showProjects,
  },
  {
    id: 'new-project',
    title: 'New project',
    description: 'Start an empty project; this one stays.',
    group: 'Project',
    keys: [],
    isEnabled: idle,
    run: studio => openDialog(studio, 'new-project'),
  },
  {
    id: 'duplicate-project',
    title: 'Duplicate project',
    description: 'Copy this project with all that it holds.',
    group: 'Project',
    keys: [],
    changesProject: true,
    isEnabled: idle,
    run: duplicateProject,
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
    id: 'delete-project',
    title: 'Delete project',
    description: 'Delete this project from the browser (asks first).',
    group: 'Project',
    keys: [],
    changesProject: true,
    isEnabled: idle,
    run: studio => askToDelete(studio, studio.projectId),
  },
  {
    id: 'storage',
    where: 'everywhere',
    title: 'Storage',
    description: 'See how much browser storage the project uses, and free space.',
    group: 'Project',
    keys: [],
    isEnabled: ready,
    run: showStorage,
  },
  {
    id: 'retry-saving',
    where: 'everywhere',
    title: 'Retry saving',
    description: 'Try again to save changes that the disk had no room for.',
    group: 'Project',
    keys: [],
    isEnabled: ({ session: { unsaved, access } }) =>
      unsaved !== null && !unsaved.retrying && access === 'owner',
    run: retrySaving,
  },
]
