import { giveVerdict, skipPatch } from '../actions/giveVerdict'
import { runEnsemble } from '../actions/runEnsemble'
import { setThreshold } from '../actions/setThreshold'
import { redo, undo } from '../actions/undoRedo'
import { canPredict, isReviewable, redoable, selectedPatch, undoable } from '../selectors'
import type { StudioState } from '../studioState'
import { always, type Command } from './command'

const canJudge = (state: StudioState) => isReviewable(selectedPatch(state)) && !state.loading

const THRESHOLD_STEP = 0.01

export const reviewCommands: readonly Command[] = [
  {
    id: 'run-ensemble',
    title: 'Run ensemble',
    group: 'Review',
    keys: ['$mod+Enter'],
    isEnabled: canPredict,
    run: runEnsemble,
  },
  {
    id: 'accept',
    title: 'Accept',
    group: 'Review',
    keys: ['a'],
    isEnabled: canJudge,
    run: studio => giveVerdict(studio, 'accepted'),
  },
  {
    id: 'reject',
    title: 'Reject',
    group: 'Review',
    keys: ['r'],
    isEnabled: canJudge,
    run: studio => giveVerdict(studio, 'rejected'),
  },
  {
    id: 'unsure',
    title: 'Unsure',
    group: 'Review',
    keys: ['u'],
    isEnabled: canJudge,
    run: studio => giveVerdict(studio, 'unsure'),
  },
  { id: 'skip', title: 'Skip', group: 'Review', keys: ['s'], isEnabled: canJudge, run: skipPatch },
  {
    id: 'threshold-down',
    title: 'Lower threshold',
    group: 'Review',
    keys: ['-'],
    isEnabled: always,
    run: studio => setThreshold(studio, studio.store.getState().threshold - THRESHOLD_STEP),
  },
  {
    id: 'threshold-up',
    title: 'Raise threshold',
    group: 'Review',
    keys: ['='],
    isEnabled: always,
    run: studio => setThreshold(studio, studio.store.getState().threshold + THRESHOLD_STEP),
  },
  {
    id: 'undo',
    title: 'Undo',
    group: 'Edit',
    keys: ['$mod+z'],
    isEnabled: state => undoable(state) !== null,
    run: undo,
  },
  {
    id: 'redo',
    title: 'Redo',
    group: 'Edit',
    keys: ['$mod+Shift+z', '$mod+y'],
    isEnabled: state => redoable(state) !== null,
    run: redo,
  },
]
