import type { PointAuditRecord } from '../../core/review/pointAudit'
import { chooseTool } from '../edit/actions'
import { hideCrosshair } from '../edit/tools'
import { patchById } from '../patches/selectors'
import { recordAudit } from '../review/audit'
import { selectLandslide } from '../review/landslides'
import { LONGEST_NAME } from '../review/slice'
import { refuseChange } from '../session/selectors'
import { closeDialog, openDialog } from '../shell/actions'
import type { Studio } from '../studio'
import { selectPatch, showInspector, showViewMode } from '../view/actions'
import { goToPoint, keepNote, putAudit, stepsOf } from './answers'
import { auditById, isAuditing, nextUnanswered, openAudit } from './selectors'
import { LONGEST_AUDIT_NAME } from './slice'

/** Opens the dialog in which audits are begun and found again. */
export function showAudits(studio: Studio): void {
  studio.store.change({ accuracy: { counted: null, askedId: null } })
  openDialog(studio, 'audits')
}

/** Puts the points of an audit on the stage, at the first without an answer; the map and what was said of it go. */
export function enterAudit(studio: Studio, id: string): void {
  const { store } = studio
  const audit = auditById(store.getState(), id)
  if (!audit) return
  closeDialog(studio)
  leaveTools(studio)
  store.change({
    accuracy: {
      ...{ openId: id, point: 1, note: audit.answers[1]?.note ?? '', done: stepsOf(audit), undone: [] },
      ...{ estimateShown: false, marked: null },
    },
  })
  const isThere = (patchId: string) => patchById(store.getState(), patchId) !== null
  goToPoint(studio, nextUnanswered(audit, 0, isThere) ?? 1)
}

/** What was begun on the map with tools would show through, or paint. */
function leaveTools(studio: Studio): void {
  const { mode } = studio.store.getState().view
  if (mode === 'sheet' || mode === 'map') showViewMode(studio, 'single')
  chooseTool(studio, 'pan')
  selectLandslide(studio, null)
  showInspector(studio, false)
  hideCrosshair(studio)
}

/** Back to the studio with its map, on the patch that the last point lies on; the audit can be resumed at any time. */
export function leaveAudit(studio: Studio): void {
  keepNote(studio)
  studio.store.change({ accuracy: { openId: null, done: [], undone: [], note: '' } })
}

/** Shows the estimate before the stated number of points, or hides it again. */
export function showEstimate({ store }: Pick<Studio, 'store'>, estimateShown: boolean): void {
  store.change({ accuracy: { estimateShown } })
}

export function renameAudit(studio: Studio, id: string, name: string): void {
  const audit = auditById(studio.store.getState(), id)
  const plain = name.trim().slice(0, LONGEST_AUDIT_NAME)
  if (!audit || plain === '' || plain === audit.name || refuseChange(studio)) return
  putAudit(studio, { ...audit, name: plain })
  recordAudit(studio, { kind: 'point-audit', detail: `${audit.name}: renamed ${plain}` })
}

/** The same points without answers, for a second reviewer. */
export function duplicateAudit(studio: Studio, id: string, reviewer: string): PointAuditRecord | null {
  const audit = auditById(studio.store.getState(), id)
  if (!audit || refuseChange(studio)) return null
  const name = reviewer.trim().slice(0, LONGEST_NAME)
  const copy: PointAuditRecord = {
    ...audit,
    id: studio.newId(),
    at: studio.now().toISOString(),
    name: `${audit.name}, ${name || 'second reviewer'}`.slice(0, LONGEST_AUDIT_NAME),
    reviewer: name || null,
    answers: {},
  }
  putAudit(studio, copy)
  recordAudit(studio, { kind: 'point-audit', detail: `${copy.name}: the points of ${audit.name} again` })
  return copy
}

/** Asks before an audit is deleted. */
export function askToDeleteAudit(studio: Studio, id: string): void {
  studio.store.change({ accuracy: { askedId: id } })
  openDialog(studio, 'delete-audit')
}

/** Deletes an audit for good, with its answers. */
export function deleteAudit(studio: Studio, id: string): void {
  const { store, storage, writes } = studio
  const audit = auditById(store.getState(), id)
  if (!audit || refuseChange(studio)) return
  if (openAudit(store.getState())?.id === id) leaveAudit(studio)
  store.change(({ accuracy: { list } }) => ({
    accuracy: { list: list.filter(other => other.id !== id), askedId: null },
  }))
  void writes.push(() => storage.removePointAudit(id))
  recordAudit(studio, { kind: 'point-audit', detail: `${audit.name}: deleted with its answers` })
}

/** Leaves the audit and looks at one of its points with the map. */
export async function lookAtPoint(studio: Studio, id: string, number: number): Promise<void> {
  const point = auditById(studio.store.getState(), id)?.points[number - 1]
  if (!point) return
  closeDialog(studio)
  if (isAuditing(studio.store.getState())) leaveAudit(studio)
  const { patchId } = point
  studio.store.change(({ accuracy: { centreRequest } }) => ({
    accuracy: { marked: { auditId: id, point }, centreRequest: centreRequest + 1 },
  }))
  showViewMode(studio, 'single')
  await selectPatch(studio, patchId)
}

/** Takes the mark of a point off the map. */
export function unmarkPoint({ store }: Pick<Studio, 'store'>): void {
  store.change({ accuracy: { marked: null } })
}
