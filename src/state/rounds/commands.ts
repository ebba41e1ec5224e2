import { always, type Command } from '../command'
import { openDemo } from '../patches/files'
import { openDialog } from '../shell/actions'
import type { JobKind } from '../shell/slice'
import { restoreRound } from './restoreRound'
import { pauseRound, resumeRound, startRound, stopRound } from './runRound'
import { parentOf, restoreObstacle, resumeObstacle, roundInUse, roundObstacle } from './selectors'

/** What Escape stops first when several jobs run: the engine's, since they take longest. */
const CANCEL_ORDER: readonly JobKind[] = [
  'review',
  'round',
  'predict',
  'check',
  'model',
  'import',
  'archive',
  'export',
]

export const projectCommands: readonly Command[] = [
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
    id: 'start-round',
    title: 'Start round',
    group: 'Rounds',
    keys: [],
    changesProject: true,
    isEnabled: state => roundObstacle(state) === null,
    obstacle: roundObstacle,
    run: startRound,
  },
  {
    id: 'pause-round',
    title: 'Pause',
    group: 'Rounds',
    keys: [],
    isEnabled: ({ shell: { jobs }, rounds: { pausing } }) =>
      jobs.round !== undefined && !jobs.round.cancelling && !pausing,
    run: pauseRound,
  },
  {
    id: 'resume-round',
    title: 'Resume round',
    group: 'Rounds',
    keys: [],
    changesProject: true,
    isEnabled: state => resumeObstacle(state) === null,
    obstacle: resumeObstacle,
    run: resumeRound,
  },
  {
    id: 'discard-round',
    title: 'Discard',
    group: 'Rounds',
    keys: [],
    changesProject: true,
    isEnabled: state => state.rounds.unfinished !== null && state.shell.jobs.round === undefined,
    run: studio => openDialog(studio, 'discard-round'),
  },
  {
    id: 'band-statistics',
    title: 'Band statistics',
    group: 'Rounds',
    keys: [],
    isEnabled: state => state.patches.list.length > 0,
    run: studio => openDialog(studio, 'band-statistics'),
  },
  {
    id: 'compare-rounds',
    title: 'Compare rounds',
    group: 'Rounds',
    keys: [],
    isEnabled: state => state.rounds.list.length > 1,
    run: studio => openDialog(studio, 'compare-rounds'),
  },
  {
    id: 'export',
    title: 'Export',
    group: 'Project',
    keys: ['$mod+Shift+e'],
    isEnabled: state => state.patches.list.length > 0,
    run: studio => openDialog(studio, 'export'),
  },
  {
    id: 'cancel',
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
  },
  {
    id: 'cheat-sheet',
    title: 'Keyboard shortcuts',
    group: 'Help',
    // Some keyboards have the question mark without Shift.
    keys: ['Shift+?', '?'],
    isEnabled: always,
    run: studio => openDialog(studio, 'cheat-sheet'),
  },
]

export const roundCommands: readonly Command[] = [
  {
    id: 'use-parent-round',
    title: 'Use the round before',
    description:
      'Shows the map of the round that the one in use came from; the next round goes on from there.',
    group: 'Rounds',
    keys: [],
    changesProject: true,
    isEnabled: state =>
      restoreObstacle(state) === null && parentOf(state.rounds.list, roundInUse(state)) !== null,
    run: studio => {
      const state = studio.store.getState()
      const parent = parentOf(state.rounds.list, roundInUse(state))
      if (parent) return restoreRound(studio, parent.id)
    },
  },
  {
    id: 'use-latest-round',
    title: 'Use the latest round',
    description: 'Shows the map of the latest round again; the next round goes on from it.',
    group: 'Rounds',
    keys: [],
    changesProject: true,
    isEnabled: state => restoreObstacle(state) === null && state.rounds.baseId !== null,
    run: studio => {
      const latest = studio.store.getState().rounds.list.at(-1)
      if (latest) return restoreRound(studio, latest.id)
    },
  },
]
