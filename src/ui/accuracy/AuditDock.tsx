import { Button, Input, Label, TextField } from 'react-aria-components'
import { keepNote, showSummary, writePointNote } from '../../state/accuracy/answers'
import { auditById, currentPoint, markedPixel, openAudit } from '../../state/accuracy/selectors'
import { ANSWERS, LONGEST_POINT_NOTE } from '../../state/accuracy/slice'
import { patchById } from '../../state/patches/selectors'
import { CommandButton } from '../controls/CommandButton'
import { Name } from '../controls/Name'
import { useStudio, useStudioState } from '../studioContext'

/** Which point is on the stage. Its stratum, its patch's verdict and scores would give the map away. */
export function PointFacts() {
  const audit = useStudioState(openAudit)
  const point = useStudioState(currentPoint)
  const patch = useStudioState(state => patchById(state, point?.patchId ?? null))
  if (!audit || !point) return <div className="map-heading-facts" />
  return (
    <div className="map-heading-facts">
      <CommandButton command="previous-point" icon="previous" iconOnly look="quiet" />
      <CommandButton command="next-point" icon="next" iconOnly look="quiet" />
      <strong className="tabular">
        Point {point.number} of {audit.points.length}
      </strong>
      <CommandButton command="centre-point" icon="target" iconOnly look="quiet" />
      {patch && (
        <span className="dim">
          <Name>{patch.name}</Name>
        </span>
      )}
      <span className="tabular dim">
        {point.column}, {point.row}
      </span>
    </div>
  )
}

/** The point that is looked at with the map shown, and the way back to what came of its audit. */
export function MarkedPoint() {
  const studio = useStudio()
  const marked = useStudioState(state => (markedPixel(state) ? state.accuracy.marked : null))
  const known = useStudioState(state => auditById(state, marked?.auditId ?? null) !== null)
  if (!marked || !known) return null
  return (
    <span className="audit-marked">
      <Button
        className="button button-plain"
        aria-label={`Point ${marked.point.number}: back to results`}
        onPress={() => showSummary(studio, marked.auditId)}
      >
        Point {marked.point.number}
      </Button>
      <CommandButton command="unmark-point" icon="close" iconOnly look="quiet" />
    </span>
  )
}

/** What the outlined pixel is, in one press: it takes the place of the verdicts. */
export function AuditDock() {
  const studio = useStudio()
  const audit = useStudioState(openAudit)
  const point = useStudioState(currentPoint)
  const note = useStudioState(state => state.accuracy.note)
  const gone = useStudioState(state => point !== null && patchById(state, point.patchId) === null)
  if (!audit || !point) return null
  const given = audit.answers[point.number]?.answer
  return (
    <section className="review-dock audit-dock" aria-label="Point audit">
      <div className="audit-question">
        <p>
          {gone
            ? 'The patch of this point was removed from the project: the point cannot be judged.'
            : 'Is the outlined pixel landslide? Judge the image alone; the map is hidden.'}
        </p>
        <span className="tabular dim" role="status">
          {Object.keys(audit.answers).length} of {audit.points.length}
        </span>
        <CommandButton command="leave-audit" showKey />
      </div>
      <div className="verdict-row">
        {ANSWERS.map(answer => (
          <CommandButton
            key={answer}
            command={`answer-${answer}`}
            icon={ICONS[answer]}
            pressed={given === answer}
            showKey
          />
        ))}
        <CommandButton command="previous-point" showKey>
          Back
        </CommandButton>
        <TextField
          className="audit-note"
          value={note}
          onChange={text => writePointNote(studio, text)}
          onBlur={() => keepNote(studio)}
          maxLength={LONGEST_POINT_NOTE}
        >
          <Label className="visually-hidden">Note on this point</Label>
          <Input
            className="text-input"
            placeholder="Note"
            onKeyDown={event => {
              if (event.key === 'Enter' || event.key === 'Escape') event.currentTarget.blur()
            }}
          />
        </TextField>
        <CommandButton command="undo" icon="undo" iconOnly look="quiet" />
        <CommandButton command="redo" icon="redo" iconOnly look="quiet" />
      </div>
    </section>
  )
}

const ICONS = { landslide: 'accept', 'not-landslide': 'reject', 'cannot-tell': 'unsure' } as const
