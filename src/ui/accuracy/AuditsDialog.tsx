import { Button } from 'react-aria-components'
import type { PointAuditRecord } from '../../core/review/pointAudit'
import { askToDeleteAudit, enterAudit } from '../../state/accuracy/actions'
import { showSummary } from '../../state/accuracy/answers'
import { Icon } from '../controls/Icon'
import { StudioDialog } from '../dialogs/StudioDialog'
import { formatTime } from '../format'
import { useStudio, useStudioState } from '../studioContext'
import { progressText } from './auditText'
import { NewAudit } from './NewAudit'

/** Begins an audit by points, and finds those that were begun. */
export function AuditsDialog() {
  const audits = useStudioState(state => state.accuracy.list)
  return (
    <StudioDialog title="Audit accuracy" wide>
      <div className="stack">
        {audits.length > 0 && (
          <section aria-label="Audits">
            <ul className="project-list audit-records">
              {audits.toReversed().map(audit => (
                <AuditRow key={audit.id} audit={audit} />
              ))}
            </ul>
          </section>
        )}
        <NewAudit />
      </div>
    </StudioDialog>
  )
}

function AuditRow({ audit }: { audit: PointAuditRecord }) {
  const studio = useStudio()
  const { name, reviewer, at, points, answers } = audit
  const complete = Object.keys(answers).length === points.length
  return (
    <li className="project-row">
      <div className="project-facts">
        <strong>{name}</strong>
        <span className="dim">
          {progressText(audit)}
          {reviewer && `, ${reviewer}`}, {formatTime(at)}
        </span>
      </div>
      <Button
        className="button button-plain"
        aria-label={`${complete ? 'Open' : 'Resume'} ${name}`}
        onPress={() => enterAudit(studio, audit.id)}
      >
        {complete ? 'Open' : 'Resume'}
      </Button>
      <Button
        className="button button-plain"
        aria-label={`Results of ${name}`}
        onPress={() => showSummary(studio, audit.id)}
      >
        Results
      </Button>
      <Button
        className="button button-quiet button-icon"
        aria-label={`Delete ${name}`}
        onPress={() => askToDeleteAudit(studio, audit.id)}
      >
        <Icon name="remove" />
      </Button>
    </li>
  )
}
