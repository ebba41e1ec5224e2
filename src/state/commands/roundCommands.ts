import { restoreRound } from '../actions/restoreRound'
import { parentOf, restoreObstacle, roundInUse } from '../roundSelectors'
import type { Command } from './command'

export const roundCommands: readonly Command[] = [
  {
    id: 'use-parent-round',
    title: 'Use the round before',
    description:
      'Shows the map of the round that the one in use came from; the next round goes on from there.',
    group: 'Rounds',
    keys: [],
    changesProject: true,
    isEnabled: state => restoreObstacle(state) === null && parentOf(state.rounds, roundInUse(state)) !== null,
    run: studio => {
      const state = studio.store.getState()
      const parent = parentOf(state.rounds, roundInUse(state))
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
    isEnabled: state => restoreObstacle(state) === null && state.baseRoundId !== null,
    run: studio => {
      const latest = studio.store.getState().rounds.at(-1)
      if (latest) return restoreRound(studio, latest.id)
    },
  },
]
