import type { Command } from '../command'
import { openDialog, revealPanel } from '../shell/actions'
import { goBack, restoreRound } from './restoreRound'
import { pauseRound, resumeRound, startRound, stopRound } from './runRound'
import { canGoBack, restoreObstacle, resumeObstacle, roundObstacle } from './selectors'

export const roundCommands: readonly Command[] = [
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
    id: 'cancel-round',
    title: 'Cancel round',
    description: 'Asks first.',
    group: 'Rounds',
    keys: [],
    isEnabled: ({ shell: { jobs } }) => jobs.round !== undefined && !jobs.round.cancelling,
    run: stopRound,
  },
  {
    id: 'show-rounds',
    title: 'Show rounds',
    description: 'Opens the Rounds panel.',
    group: 'Rounds',
    keys: [],
    isEnabled: state => state.patches.list.length > 0,
    run: studio => revealPanel(studio, 'Rounds'),
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
    id: 'use-parent-round',
    title: 'Go back a round',
    description: 'Shows the map from before the round in use; the next round continues from there.',
    group: 'Rounds',
    keys: [],
    changesProject: true,
    isEnabled: canGoBack,
    run: goBack,
  },
  {
    id: 'use-latest-round',
    title: 'Use latest round',
    description: 'Shows the map of the latest round; the next round continues from it.',
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
