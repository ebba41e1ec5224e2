import { redoAnswer, undoAnswer } from '../accuracy/answers'
import { isAuditing } from '../accuracy/selectors'
import { always, type Command } from '../command'
import { chosenPatches, selectedPatch } from '../patches/selectors'
import { openDialog } from '../shell/actions'
import type { StudioState } from '../studioState'
import { openNote, setAutoAdvance } from './actions'
import { restoreLabel } from './labels'
import {
  canChangeLandslide,
  changeLandslide,
  landslidesAreCurrent,
  listedLandslides,
  selectLandslide,
  stepLandslide,
} from './landslides'
import { isEditedLabel, isFrozen, isReviewable, isUnreviewed, redoable, undoable } from './selectors'
import { setThreshold, useModelThreshold } from './threshold'
import { redo, undo } from './undoRedo'
import { clearVerdict, giveVerdict, judgeSelected, reacceptMasks, skipPatch } from './verdicts'

const canJudge = (state: StudioState) => isReviewable(selectedPatch(state)) && !state.view.loading

const canAccept = (state: StudioState) =>
  canJudge(state) || (isEditedLabel(state, selectedPatch(state)) && !state.view.loading)

const canRestoreLabel = (state: StudioState) => {
  const patch = selectedPatch(state)
  return patch?.hasLabel === true && isFrozen(state, patch.id) && !state.view.loading
}

const THRESHOLD_STEP = 0.01

const judgeAll = (asked: 'accepted' | 'rejected' | 'unsure', title: string): Command => ({
  id: `${asked}-selected`,
  title,
  description: 'All selected patches as their masks are shown, in one step.',
  group: 'Review',
  keys: [],
  changesProject: true,
  isEnabled: state => chosenPatches(state).some(isReviewable) && !state.shell.jobs.review,
  obstacle: state => (chosenPatches(state).some(isReviewable) ? null : 'No target patch is selected.'),
  run: studio => judgeSelected(studio, asked),
})

export const reviewCommands: readonly Command[] = [
  {
    id: 'accept',
    title: 'Accept',
    group: 'Review',
    changesProject: true,
    keys: ['a'],
    isEnabled: canAccept,
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
    description: 'The patch is unreviewed again; the log keeps its verdict.',
    group: 'Review',
    keys: [],
    changesProject: true,
    isEnabled: state =>
      !state.view.loading && state.review.verdicts[state.view.selectedId ?? ''] !== undefined,
    obstacle: state =>
      selectedPatch(state) && !state.review.verdicts[state.view.selectedId ?? '']
        ? 'This patch has no verdict.'
        : null,
    run: clearVerdict,
  },
  {
    id: 'restore-label',
    title: 'Restore label',
    description: 'Puts back the label that the file of the patch has.',
    group: 'Review',
    keys: [],
    changesProject: true,
    isEnabled: canRestoreLabel,
    obstacle: state =>
      selectedPatch(state)?.hasLabel && !state.view.loading
        ? 'The label is as its file has it.'
        : selectedPatch(state)
          ? 'This patch came without a label.'
          : null,
    run: restoreLabel,
  },
  {
    id: 'note',
    title: 'Note',
    description: 'A note on the patch; later verdicts keep a copy.',
    group: 'Review',
    keys: ['n'],
    changesProject: true,
    isEnabled: state => selectedPatch(state) !== null,
    run: openNote,
  },
  {
    id: 'bulk-accept',
    title: 'Accept in bulk',
    description: 'Pictures of what the networks are sure of, to pick from and accept in one step.',
    group: 'Review',
    keys: ['Shift+a'],
    changesProject: true,
    isEnabled: state => state.patches.list.some(patch => isUnreviewed(state, patch)),
    run: studio => openDialog(studio, 'bulk-accept'),
  },
  judgeAll('accepted', 'Accept selected'),
  judgeAll('rejected', 'Reject selected'),
  judgeAll('unsure', 'Unsure of selected'),
  {
    id: 'accept-anew',
    title: 'Re-accept changed masks',
    description: 'Accepts the masks that the threshold changes as it shows them now, in one step.',
    group: 'Review',
    keys: [],
    changesProject: true,
    isEnabled: ({ review: { flips } }) => flips.pending === 0 && Object.keys(flips.pixels).length > 0,
    obstacle: ({ review: { flips } }) =>
      flips.pending > 0 ? 'Masks are being compared.' : 'The threshold changes no accepted mask.',
    run: studio => reacceptMasks(studio),
  },
  {
    id: 'accept-patch-anew',
    title: 'Re-accept this patch',
    description: 'Accepts its mask as the threshold shows it now.',
    group: 'Review',
    keys: [],
    changesProject: true,
    isEnabled: state =>
      canJudge(state) && state.review.flips.pixels[state.view.selectedId ?? ''] !== undefined,
    run: studio => reacceptMasks(studio, [studio.store.getState().view.selectedId ?? '']),
  },
  {
    id: 'reviewer',
    where: 'everywhere',
    title: 'Reviewer name',
    description: 'Names who judges in masks and in the audit log. Optional.',
    group: 'Review',
    keys: [],
    isEnabled: () => true,
    run: studio => openDialog(studio, 'reviewer'),
  },
  {
    id: 'audit-log',
    title: 'Audit log',
    description: 'Shows everything that was done to the project; saves it as CSV or JSON Lines.',
    group: 'Review',
    keys: [],
    isEnabled: state => state.session.phase === 'ready',
    run: studio => openDialog(studio, 'audit-log'),
  },
  {
    id: 'threshold-down',
    title: 'Lower threshold',
    group: 'Review',
    changesProject: true,
    keys: ['-', '_'],
    isEnabled: always,
    run: studio => setThreshold(studio, studio.store.getState().review.threshold - THRESHOLD_STEP),
  },
  {
    id: 'threshold-up',
    title: 'Raise threshold',
    group: 'Review',
    changesProject: true,
    keys: ['=', '+'],
    isEnabled: always,
    run: studio => setThreshold(studio, studio.store.getState().review.threshold + THRESHOLD_STEP),
  },
  {
    id: 'threshold-of-models',
    title: 'Threshold of the models',
    description: 'Goes back to the threshold that was chosen for the models, and follows them from then on.',
    group: 'Review',
    changesProject: true,
    keys: [],
    isEnabled: ({ review }) => review.thresholdChosen && review.modelThreshold !== null,
    obstacle: ({ review }) =>
      review.modelThreshold === null
        ? 'No model has predicted yet.'
        : 'The threshold follows the models already.',
    run: useModelThreshold,
  },
  {
    id: 'undo',
    where: 'everywhere',
    title: 'Undo',
    group: 'Edit',
    changesProject: true,
    keys: ['$mod+z'],
    isEnabled: state => (isAuditing(state) ? state.accuracy.done.length > 0 : undoable(state) !== null),
    obstacle: () => 'There is nothing to undo.',
    run: studio => (isAuditing(studio.store.getState()) ? undoAnswer(studio) : undo(studio)),
  },
  {
    id: 'redo',
    where: 'everywhere',
    title: 'Redo',
    group: 'Edit',
    changesProject: true,
    keys: ['$mod+Shift+z', '$mod+y'],
    isEnabled: state => (isAuditing(state) ? state.accuracy.undone.length > 0 : redoable(state) !== null),
    obstacle: () => 'There is nothing to redo.',
    run: studio => (isAuditing(studio.store.getState()) ? redoAnswer(studio) : redo(studio)),
  },
  {
    id: 'auto-advance',
    title: 'Auto-advance',
    description: 'Go to the next patch after a verdict.',
    group: 'Review',
    keys: [],
    isEnabled: always,
    isOn: state => state.review.autoAdvance,
    run: studio => setAutoAdvance(studio, !studio.store.getState().review.autoAdvance),
  },
]

const hasLandslides = (state: StudioState) =>
  landslidesAreCurrent(state) && listedLandslides(state).length > 0

export const landslideCommands: readonly Command[] = [
  {
    id: 'next-landslide',
    title: 'Keep, next landslide',
    description: 'Keeps the selected landslide and goes to the next in the list.',
    group: 'Review',
    keys: ['f'],
    isEnabled: hasLandslides,
    run: studio => stepLandslide(studio, 1),
  },
  {
    id: 'previous-landslide',
    title: 'Previous landslide',
    group: 'Review',
    keys: ['Shift+f'],
    isEnabled: hasLandslides,
    run: studio => stepLandslide(studio, -1),
  },
  {
    id: 'remove-landslide',
    title: 'Remove landslide',
    description: 'Erases the selected landslide to background, as one undo step.',
    group: 'Review',
    keys: ['Delete'],
    changesProject: true,
    isEnabled: canChangeLandslide,
    run: studio => changeLandslide(studio, 'background'),
  },
  {
    id: 'unsure-landslide',
    title: 'Unsure of landslide',
    description: 'Makes training ignore the selected landslide, as one undo step.',
    group: 'Review',
    keys: ['Shift+u'],
    changesProject: true,
    isEnabled: canChangeLandslide,
    run: studio => changeLandslide(studio, 'ignore'),
  },
  {
    id: 'unselect-landslide',
    title: 'Clear selection',
    group: 'Review',
    keys: [],
    isEnabled: state => state.review.selectedLandslide !== null,
    run: studio => selectLandslide(studio, null),
  },
]
