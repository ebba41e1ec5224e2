import type { AuditAnswer } from '../../core/review/pointAudit'
import type { Command } from '../command'
import type { StudioState } from '../studioState'
import { leaveAudit, showAudits, showEstimate, unmarkPoint } from './actions'
import { answerPoint, centrePoint, goToPoint, showSummary, stepPoint } from './answers'
import { currentPoint, isAuditing, nextUnanswered, openAudit } from './selectors'

const canAnswer = (state: StudioState) => {
  const point = currentPoint(state)
  return point !== null && state.patches.list.some(({ id }) => id === point.patchId)
}

const answer = (id: AuditAnswer, title: string, key: string, description: string): Command => ({
  id: `answer-${id}`,
  title,
  description,
  group: 'Review',
  keys: [key],
  where: 'audit',
  changesProject: true,
  isEnabled: canAnswer,
  obstacle: () => 'The patch of this point was removed: it cannot be judged.',
  run: studio => answerPoint(studio, id),
})

const followingUnanswered = (state: StudioState) => {
  const audit = openAudit(state)
  return audit && nextUnanswered(audit, state.accuracy.point)
}

export const accuracyCommands: readonly Command[] = [
  {
    id: 'audit-accuracy',
    title: 'Audit accuracy',
    description:
      'Judges random points without seeing the map: accuracy and area of landslides with their intervals.',
    group: 'Review',
    keys: [],
    isEnabled: state => state.session.phase === 'ready' && state.patches.list.length > 0,
    run: showAudits,
  },
  {
    id: 'unmark-point',
    title: 'Clear the point’s mark',
    description: 'Takes the outline of an audited point off the image.',
    group: 'Review',
    keys: [],
    isEnabled: state => state.accuracy.marked !== null,
    obstacle: () => 'No point is marked.',
    run: unmarkPoint,
  },
  answer('landslide', 'Landslide', 'l', 'The outlined pixel is landslide.'),
  answer('not-landslide', 'Not landslide', 'n', 'The outlined pixel is not landslide.'),
  answer('cannot-tell', 'Cannot tell', 'u', 'The image does not show what it is.'),
  {
    id: 'previous-point',
    title: 'Previous point',
    group: 'Review',
    keys: ['Backspace', 'k'],
    where: 'audit',
    isEnabled: state => state.accuracy.point > 1,
    obstacle: () => 'This is the first point.',
    run: studio => stepPoint(studio, -1),
  },
  {
    id: 'next-point',
    title: 'Next point',
    group: 'Review',
    keys: ['j'],
    where: 'audit',
    isEnabled: state => state.accuracy.point < (openAudit(state)?.points.length ?? 0),
    obstacle: () => 'This is the last point.',
    run: studio => stepPoint(studio, 1),
  },
  {
    id: 'next-unanswered-point',
    title: 'Next unanswered point',
    group: 'Review',
    keys: ['s'],
    where: 'audit',
    isEnabled: state => followingUnanswered(state) !== null,
    obstacle: () => 'Every point has an answer.',
    run: studio => {
      const next = followingUnanswered(studio.store.getState())
      if (next !== null) goToPoint(studio, next)
    },
  },
  {
    id: 'centre-point',
    title: 'Centre the point',
    description: 'Brings the outlined pixel back to the middle.',
    group: 'View',
    keys: ['c'],
    where: 'audit',
    isEnabled: state => currentPoint(state) !== null,
    run: centrePoint,
  },
  {
    id: 'audit-estimate',
    title: 'Show estimate',
    description:
      'Accuracy and area as far as points are answered. It tells nothing of the points that are left.',
    group: 'Review',
    keys: ['e'],
    where: 'audit',
    isEnabled: isAuditing,
    isOn: state => state.accuracy.estimateShown,
    run: studio => showEstimate(studio, !studio.store.getState().accuracy.estimateShown),
  },
  {
    id: 'audit-results',
    title: 'Audit results',
    description: 'Accuracies, area and error matrix of this audit.',
    group: 'Review',
    keys: ['r'],
    where: 'audit',
    isEnabled: state => openAudit(state) !== null,
    run: studio => {
      const audit = openAudit(studio.store.getState())
      if (audit) showSummary(studio, audit.id)
    },
  },
  {
    id: 'leave-audit',
    title: 'Leave audit',
    description: 'Back to the map. The audit can be resumed at any time.',
    group: 'Review',
    keys: ['Shift+q'],
    where: 'audit',
    isEnabled: isAuditing,
    run: leaveAudit,
  },
]
