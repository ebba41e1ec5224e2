import { plural } from '../../core/foundation/text'
import type { AuditAnswer, PointAuditRecord } from '../../core/review/pointAudit'
import { patchById } from '../patches/selectors'
import { recordAudit } from '../review/audit'
import { refuseChange } from '../session/selectors'
import { openDialog } from '../shell/actions'
import type { Studio } from '../studio'
import { selectPatch } from '../view/actions'
import { currentPoint, nextUnanswered, openAudit } from './selectors'
import { type AnswerStep, LONGEST_POINT_NOTE } from './slice'

type Given = PointAuditRecord['answers'][number]

/** Answers the point on the stage and goes to the next one without an answer; after the last, shows what came of it. */
export function answerPoint(studio: Studio, answer: AuditAnswer): void {
  const { store } = studio
  const audit = openAudit(store.getState())
  const point = currentPoint(store.getState())
  if (!audit || !point || !patchById(store.getState(), point.patchId) || refuseChange(studio)) return
  const note = store.getState().accuracy.note.trim()
  const after: Given = { answer, at: studio.now().toISOString(), ...(note && { note }) }
  const step = { number: point.number, before: audit.answers[point.number], after }
  store.change(({ accuracy: { done } }) => ({ accuracy: { done: [...done, step], undone: [] } }))
  const answered = putAnswer(studio, audit, step.number, after)
  const next = nextUnanswered(answered, point.number, id => patchById(store.getState(), id) !== null)
  if (next !== null) {
    goToPoint(studio, next)
    return
  }
  // Once: to change an answer later tells nothing new.
  if (step.before) return
  const { length } = Object.values(answered.answers).filter(given => given.answer === 'cannot-tell')
  recordAudit(studio, {
    kind: 'point-audit',
    detail: `${answered.name}: all ${plural(answered.points.length, 'point')} answered, cannot tell ${length}`,
    reviewer: answered.reviewer,
  })
  showSummary(studio, answered.id)
}

/** Shows what came of an audit. */
export function showSummary(studio: Studio, id: string): void {
  studio.store.change({ accuracy: { askedId: id } })
  openDialog(studio, 'audit-summary')
}

/** Puts a point on the stage, in the middle of it; what was written of the one before is kept. */
export function goToPoint(studio: Studio, number: number): void {
  keepNote(studio)
  showPoint(studio, number)
}

function showPoint(studio: Studio, number: number): void {
  const { store } = studio
  const audit = openAudit(store.getState())
  const point = audit?.points[number - 1]
  if (!audit || !point) return
  const note = audit.answers[number]?.note ?? ''
  store.change(({ accuracy }) => ({
    accuracy: { point: number, note, centreRequest: accuracy.centreRequest + 1 },
  }))
  if (point.patchId !== store.getState().view.selectedId) void selectPatch(studio, point.patchId)
}

/** The point before or behind in the order of the draw, whether it has an answer or not. */
export function stepPoint(studio: Studio, by: 1 | -1): void {
  goToPoint(studio, studio.store.getState().accuracy.point + by)
}

/** Brings the point back to the middle of the stage. */
export function centrePoint({ store }: Pick<Studio, 'store'>): void {
  store.change(({ accuracy }) => ({ accuracy: { centreRequest: accuracy.centreRequest + 1 } }))
}

/** Takes back the latest answer, or puts back what it replaced, and goes to its point. */
export function undoAnswer(studio: Studio): void {
  turn(studio, 'done', 'undone', step => step.before)
}

export function redoAnswer(studio: Studio): void {
  turn(studio, 'undone', 'done', step => step.after)
}

function turn(
  studio: Studio,
  from: 'done' | 'undone',
  to: 'done' | 'undone',
  answer: (step: AnswerStep) => Given | undefined,
): void {
  const { store } = studio
  const { accuracy } = store.getState()
  const step = accuracy[from].at(-1)
  const audit = openAudit(store.getState())
  if (!step || !audit || refuseChange(studio)) return
  // What is being written belongs to the point that is left.
  keepNote(studio)
  const current = openAudit(store.getState()) ?? audit
  store.change({ accuracy: { [from]: accuracy[from].slice(0, -1), [to]: [...accuracy[to], step] } })
  putAnswer(studio, current, step.number, answer(step))
  showPoint(studio, step.number)
}

/** The steps that lead to the answers on record, by time: what a reload leaves of the stack. */
export function stepsOf({ answers }: Pick<PointAuditRecord, 'answers'>): AnswerStep[] {
  return Object.entries(answers)
    .map(([number, after]) => ({ number: Number(number), before: undefined, after }))
    .sort((a, b) => a.after.at.localeCompare(b.after.at))
}

/** What is being written of the point on the stage. */
export function writePointNote({ store }: Pick<Studio, 'store'>, text: string): void {
  store.change({ accuracy: { note: text.slice(0, LONGEST_POINT_NOTE) } })
}

/** Puts the note on record where the point has an answer; else it goes with the answer. */
export function keepNote(studio: Studio): void {
  const state = studio.store.getState()
  const audit = openAudit(state)
  const given = audit?.answers[state.accuracy.point]
  const note = state.accuracy.note.trim()
  if (!audit || !given || (given.note ?? '') === note || refuseChange(studio)) return
  const { note: _, ...rest } = given
  putAnswer(studio, audit, state.accuracy.point, note ? { ...rest, note } : rest)
}

/** Changes one answer, in the state at once and on disk as soon as it can be written. */
function putAnswer(
  studio: Studio,
  audit: PointAuditRecord,
  number: number,
  answer: Given | undefined,
): PointAuditRecord {
  const { [number]: _, ...others } = audit.answers
  const changed = { ...audit, answers: answer ? { ...others, [number]: answer } : others }
  putAudit(studio, changed)
  return changed
}

/** Rough bytes of a point and its answer on record. */
const POINT_BYTES = 200

/** Keeps an audit, in the state at once and on disk as soon as it can be written. */
export function putAudit(studio: Studio, audit: PointAuditRecord): void {
  const { store, storage, writes } = studio
  const { list } = store.getState().accuracy
  const known = list.some(({ id }) => id === audit.id)
  store.change({
    accuracy: { list: known ? list.map(other => (other.id === audit.id ? audit : other)) : [...list, audit] },
  })
  void writes.push(() => storage.putPointAudit(audit), { bytes: audit.points.length * POINT_BYTES })
}
