import { useMemo } from 'react'
import { ListBox, ListBoxItem, ListLayout, Virtualizer } from 'react-aria-components'
import type { PointAuditRecord } from '../../core/review/pointAudit'
import { goToPoint } from '../../state/accuracy/answers'
import { openAudit } from '../../state/accuracy/selectors'
import { CommandButton } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { Name } from '../controls/Name'
import { useStudio, useStudioState } from '../studioContext'
import { ANSWER_TITLES, progressText } from './auditText'

const LAYOUT = { rowHeight: 28 }

/** The points of the audit with what was said of them, and nothing of the map: it takes the place of the patches. */
export function AuditPoints() {
  const studio = useStudio()
  const audit = useStudioState(openAudit)
  const point = useStudioState(state => state.accuracy.point)
  const rows = useMemo(() => (audit ? rowsOf(audit) : []), [audit])
  if (!audit) return null
  const answered = Object.keys(audit.answers).length
  return (
    <section className="panel patches-panel audit-points" aria-label="Audit points">
      <div className="panel-head">
        <h2>
          <Name>{audit.name}</Name>
        </h2>
        <CommandButton command="leave-audit" icon="close" iconOnly look="quiet" />
      </div>
      <div className="panel-pad stack">
        <p className="dim tabular">
          {progressText(audit)}
          {audit.reviewer && `, ${audit.reviewer}`}
        </p>
        <div className="meter" aria-hidden="true">
          <div
            className="meter-fill"
            style={{ transform: `scaleX(${answered / Math.max(1, audit.points.length)})` }}
          />
        </div>
        <div className="button-row">
          <CommandButton command="next-unanswered-point" showKey />
          <CommandButton command="audit-results" />
        </div>
      </div>
      <Virtualizer layout={ListLayout} layoutOptions={LAYOUT}>
        <ListBox
          className="audit-point-list"
          aria-label="Points"
          items={rows}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[point]}
          onSelectionChange={keys => {
            const [chosen] = keys === 'all' ? [] : [...keys]
            if (chosen !== undefined) goToPoint(studio, Number(chosen))
          }}
        >
          {row => (
            <ListBoxItem
              id={row.id}
              className="audit-point"
              textValue={String(row.id)}
              aria-label={`Point ${row.id}: ${row.text}${row.note ? `, ${row.note}` : ''}`}
            >
              <span className="tabular dim">{row.id}</span>
              <span className={row.answered ? undefined : 'dim'}>{row.text}</span>
              {row.note && (
                <span title={row.note}>
                  <Icon name="note" />
                </span>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Virtualizer>
    </section>
  )
}

function rowsOf({ points, answers }: PointAuditRecord) {
  return points.map(({ number }) => {
    const given = answers[number]
    return {
      id: number,
      answered: given !== undefined,
      text: given ? ANSWER_TITLES[given.answer] : 'No answer yet',
      note: given?.note ?? '',
    }
  })
}
