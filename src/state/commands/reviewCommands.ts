import { acceptAnew } from '../actions/acceptAnew'
import { clearVerdict } from '../actions/clearVerdict'
import { giveVerdict, skipPatch } from '../actions/giveVerdict'
import { runEnsemble } from '../actions/runEnsemble'
import { setThreshold } from '../actions/setThreshold'
import { redo, undo } from '../actions/undoRedo'
import { canPredict, isReviewable, isUnreviewed, redoable, selectedPatch, undoable } from '../selectors'
import type { StudioState } from '../studioState'
import { always, type Command } from './command'

const canJudge = (state: StudioState) => isReviewable(selectedPatch(state)) && !state.loading

const THRESHOLD_STEP = 0.01

export const reviewCommands: readonly Command[] = [
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
    id: 'accept',
    title: 'Accept',
    group: 'Review',
    changesProject: true,
    keys: ['a'],
    isEnabled: canJudge,
    run: studio => giveVerdict(studio, 'accepted'),
  },
  {
    id: 'reject',
    title: 'Reject',
    group: 'Review',
    changesProject: true,
    keys: ['r'],
    isEnabled: canJudge,
    run: studio => giveVerdict(studio, 'rejected'),
  },
  {
    id: 'unsure',
    title: 'Unsure',
    group: 'Review',
    changesProject: true,
    keys: ['u'],
    isEnabled: canJudge,
    run: studio => giveVerdict(studio, 'unsure'),
  },
  { id: 'skip', title: 'Skip', group: 'Review', keys: ['s'], isEnabled: canJudge, run: skipPatch },
  {
    id: 'clear-verdict',
    title: 'Clear verdict',
    description: 'The patch awaits one again; the log keeps what was said of it.',
    group: 'Review',
    keys: [],
    changesProject: true,
    isEnabled: state => canJudge(state) && state.verdicts[state.selectedId ?? ''] !== undefined,
    obstacle: state =>
      canJudge(state) && !state.verdicts[state.selectedId ?? ''] ? 'This patch has no verdict.' : null,
    run: clearVerdict,
  },
  {
    id: 'note',
    title: 'Note',
    description: 'A note on the patch; verdicts given from then on keep a copy.',
    group: 'Review',
    keys: ['n'],
    changesProject: true,
    isEnabled: state => selectedPatch(state) !== null,
    run: studio => studio.store.setState({ noteOpen: true }),
  },
  {
    id: 'bulk-accept',
    title: 'Accept in bulk',
    description: 'Every unreviewed patch whose confidence is at least what you set, in one step.',
    group: 'Review',
    keys: ['Shift+a'],
    changesProject: true,
    isEnabled: state => state.patches.some(patch => isUnreviewed(state, patch)),
    run: studio => studio.store.setState({ dialog: 'bulk-accept' }),
  },
  {
    id: 'accept-anew',
    title: 'Accept anew',
    description: 'Accepts the masks that the threshold would change as it shows them now, in one step.',
    group: 'Review',
    keys: [],
    changesProject: true,
    isEnabled: ({ flips }) => flips.pending === 0 && Object.keys(flips.pixels).length > 0,
    obstacle: ({ flips }) =>
      flips.pending > 0 ? 'Masks are being compared.' : 'The threshold changes no accepted mask.',
    run: studio => acceptAnew(studio),
  },
  {
    id: 'accept-patch-anew',
    title: 'Accept this patch anew',
    description: 'As the threshold shows it now.',
    group: 'Review',
    keys: [],
    changesProject: true,
    isEnabled: state => canJudge(state) && state.flips.pixels[state.selectedId ?? ''] !== undefined,
    run: studio => acceptAnew(studio, [studio.store.getState().selectedId ?? '']),
  },
  {
    id: 'audit-log',
    title: 'Audit log',
    description: 'Everything that was done to the project, to read and to save as CSV or JSON Lines.',
    group: 'Review',
    keys: [],
    isEnabled: state => state.phase === 'ready',
    run: studio => studio.store.setState({ dialog: 'audit-log' }),
  },
  {
    id: 'threshold-down',
    title: 'Lower threshold',
    group: 'Review',
    changesProject: true,
    keys: ['-'],
    isEnabled: always,
    run: studio => setThreshold(studio, studio.store.getState().threshold - THRESHOLD_STEP),
  },
  {
    id: 'threshold-up',
    title: 'Raise threshold',
    group: 'Review',
    changesProject: true,
    keys: ['='],
    isEnabled: always,
    run: studio => setThreshold(studio, studio.store.getState().threshold + THRESHOLD_STEP),
  },
  {
    id: 'undo',
    title: 'Undo',
    group: 'Edit',
    changesProject: true,
    keys: ['$mod+z'],
    isEnabled: state => undoable(state) !== null,
    run: undo,
  },
  {
    id: 'redo',
    title: 'Redo',
    group: 'Edit',
    changesProject: true,
    keys: ['$mod+Shift+z', '$mod+y'],
    isEnabled: state => redoable(state) !== null,
    run: redo,
  },
]
