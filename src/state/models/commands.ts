import { always, type Command } from '../command'
import { chosenPatches } from '../patches/selectors'
import { openDialog } from '../shell/actions'
import { leftToPredict, predict, runEnsemble } from './predict'
import { canPredict, notPredicted } from './selectors'

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
  {
    id: 'predict-new',
    title: 'Run on unpredicted',
    description: 'Only the patches that the chosen models have not predicted yet.',
    group: 'Review',
    changesProject: true,
    keys: [],
    isEnabled: state => canPredict(state) && notPredicted(state).length > 0,
    obstacle: state =>
      notPredicted(state).length > 0 ? null : 'Every patch has a map by the chosen models.',
    run: studio => predict(studio, notPredicted(studio.store.getState())),
  },
  {
    id: 'continue-prediction',
    title: 'Continue prediction',
    description: 'Runs on what a prediction that was interrupted had not come to.',
    group: 'Review',
    changesProject: true,
    keys: [],
    isEnabled: state => canPredict(state) && leftToPredict(state).length > 0,
    obstacle: state =>
      leftToPredict(state).length > 0
        ? 'The engine is starting or busy.'
        : 'No prediction of the last visit was interrupted.',
    run: studio => predict(studio, leftToPredict(studio.store.getState())),
  },
  {
    id: 'predict-selection',
    title: 'Run on selection',
    description: 'Only the patches that are selected in the list.',
    group: 'Review',
    changesProject: true,
    keys: [],
    isEnabled: state => canPredict(state) && chosenPatches(state).length > 0,
    obstacle: state => (chosenPatches(state).length > 0 ? null : 'Select patches in the list first.'),
    run: studio => predict(studio, chosenPatches(studio.store.getState())),
  },
  {
    id: 'check-machine',
    where: 'everywhere',
    title: 'Check this machine',
    description: 'Compares what its GPU computes with a reference, and times it.',
    group: 'Help',
    keys: [],
    isEnabled: always,
    run: studio => openDialog(studio, 'check-machine'),
  },
]
