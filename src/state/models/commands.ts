import type { Command } from '../command'
import { runEnsemble } from './predict'
import { canPredict } from './selectors'

export const modelCommands: readonly Command[] = [
  {
    id: 'run-ensemble',
    title: 'Run ensemble',
    group: 'Review',
    changesProject: true,
    keys: ['$mod+Enter'],
    isEnabled: canPredict,
    run: runEnsemble,
  },
]
