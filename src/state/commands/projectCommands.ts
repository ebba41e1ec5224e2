import { openDemo } from '../actions/importFiles'
import { startRound } from '../actions/startRound'
import { roundObstacle } from '../selectors'
import type { JobKind } from '../slices/jobSlice'
import { always, type Command } from './command'

/** What Escape stops first when several jobs run: the engine's, since they take longest. */
const CANCEL_ORDER: readonly JobKind[] = ['round', 'predict', 'check', 'model', 'import', 'export']

export const projectCommands: readonly Command[] = [
  {
    id: 'open-demo',
    title: 'Open demo',
    group: 'Project',
    keys: [],
    isEnabled: state => state.phase === 'ready' && !state.jobs.import,
    run: openDemo,
  },
  {
    id: 'start-round',
    title: 'Start round',
    group: 'Project',
    keys: [],
    isEnabled: state => roundObstacle(state) === null,
    run: startRound,
  },
  {
    id: 'export',
    title: 'Export',
    group: 'Project',
    keys: ['$mod+Shift+e'],
    isEnabled: state => state.patches.length > 0,
    run: studio => studio.store.setState({ dialog: 'export' }),
  },
  {
    id: 'cancel',
    title: 'Cancel',
    group: 'Project',
    keys: ['Escape'],
    isEnabled: state => CANCEL_ORDER.some(kind => state.jobs[kind]),
    run: studio => {
      const { jobs } = studio.store.getState()
      const kind = CANCEL_ORDER.find(candidate => jobs[candidate])
      if (kind) studio.jobs.cancel(kind)
    },
  },
  {
    id: 'cheat-sheet',
    title: 'Keyboard shortcuts',
    group: 'Project',
    // Some keyboards have the question mark without Shift.
    keys: ['Shift+?', '?'],
    isEnabled: always,
    run: studio => studio.store.setState({ dialog: 'cheat-sheet' }),
  },
]
