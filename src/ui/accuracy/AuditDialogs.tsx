import { plural } from '../../core/foundation/text'
import type { PointAuditRecord } from '../../core/review/pointAudit'
import { deleteAudit, duplicateAudit, enterAudit, renameAudit } from '../../state/accuracy/actions'
import { showSummary } from '../../state/accuracy/answers'
import { auditById } from '../../state/accuracy/selectors'
import { NameDialog } from '../dialogs/NameDialog'
import { ConfirmDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

/** The audit that a dialog is about. */
export function useAskedAudit(): PointAuditRecord | null {
  return useStudioState(state => auditById(state, state.accuracy.askedId))
}

export function DeleteAuditDialog() {
  const studio = useStudio()
  const audit = useAskedAudit()
  if (!audit) return null
  const answers = Object.keys(audit.answers).length
  return (
    <ConfirmDialog
      title="Delete audit"
      keep="Cancel"
      confirm="Delete audit"
      danger
      onConfirm={() => deleteAudit(studio, audit.id)}
    >
      <p className="note">
        <strong>
          “{audit.name}” will be deleted with {plural(answers, 'answer')}
        </strong>{' '}
        to its {plural(audit.points.length, 'point')}. Masks and verdicts stay. This can’t be undone.
      </p>
    </ConfirmDialog>
  )
}

export function RenameAuditDialog() {
  const studio = useStudio()
  const audit = useAskedAudit()
  if (!audit) return null
  return (
    <NameDialog
      title="Rename audit"
      name={audit.name}
      confirm="Rename"
      onConfirm={name => {
        renameAudit(studio, audit.id, name)
        showSummary(studio, audit.id)
      }}
    />
  )
}

/** The same points without the answers: asked for by the reviewer's name. */
export function SecondReviewerDialog() {
  const studio = useStudio()
  const audit = useAskedAudit()
  if (!audit) return null
  return (
    <NameDialog
      title="Second reviewer"
      name=""
      confirm="Begin with the same points"
      onConfirm={name => {
        const copy = duplicateAudit(studio, audit.id, name)
        if (copy) enterAudit(studio, copy.id)
      }}
    />
  )
}
