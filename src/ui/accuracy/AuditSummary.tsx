import { Button } from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import { compareAudits, isSameDraw } from '../../core/review/auditComparison'
import type { AuditPoint, PointAuditRecord } from '../../core/review/pointAudit'
import { lookAtPoint } from '../../state/accuracy/actions'
import { answeredCount, errorMatrix, pointsAgainstMap } from '../../state/accuracy/selectors'
import { closeDialog, openDialog } from '../../state/shell/actions'
import { CopyButton } from '../controls/CopyButton'
import { StudioDialog } from '../dialogs/StudioDialog'
import { formatTime } from '../format'
import { useStudio, useStudioState } from '../studioContext'
import { useAskedAudit } from './AuditDialogs'
import { ANSWER_TITLES, auditAsText, progressText, STRATUM_TITLES } from './auditText'
import { Estimate, useAccuracy } from './Estimate'

/** What came of an audit: figures, the error matrix, where map and reviewer differ, and how reviewers agree. */
export function AuditSummaryDialog() {
  const studio = useStudio()
  const audit = useAskedAudit()
  const mappedId = useStudioState(state => state.accuracy.mapped?.auditId)
  if (!audit) return null
  const complete = answeredCount(audit) === audit.points.length
  const isRead = mappedId === audit.id
  return (
    <StudioDialog title="Audit results" wide>
      <div className="stack audit-summary">
        <div>
          <h3>{audit.name}</h3>
          <p className="dim">
            {progressText(audit)}
            {audit.reviewer && `, ${audit.reviewer}`}, drawn {formatTime(audit.at)}, seed {audit.seed}
          </p>
        </div>
        <Estimate audit={audit} />
        <MapChanges audit={audit} />
        <div className="audit-tables">
          {isRead && <Matrix audit={audit} />}
          <Strata audit={audit} />
        </div>
        {isRead && <Differing audit={audit} complete={complete} />}
        <Reviewers audit={audit} complete={complete} />
        <div className="dialog-foot">
          <CopyText audit={audit} />
          <Button className="button button-plain" onPress={() => openDialog(studio, 'second-reviewer')}>
            Second reviewer…
          </Button>
          <Button className="button button-plain" onPress={() => openDialog(studio, 'rename-audit')}>
            Rename…
          </Button>
          <span className="spacer" />
          <Button className="button button-primary" onPress={() => closeDialog(studio)}>
            Close
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}

/** What the state holds of the map at the points: read again with every change of it. */
function useAgainstMap(audit: PointAuditRecord) {
  const studio = useStudio()
  useStudioState(state => state.accuracy.mapped)
  return pointsAgainstMap(studio.store.getState(), audit)
}

/** The figures are of the map as it is now; where that is another than the one that was drawn from, it is said. */
function MapChanges({ audit }: { audit: PointAuditRecord }) {
  const { changed, gone } = useAgainstMap(audit)
  if (changed.length === 0 && gone.length === 0) return null
  return (
    <p className="note">
      {changed.length > 0 &&
        `The map changed at ${plural(changed.length, 'point')} since they were drawn. The figures are of the map as it is now; the strata stay as they were drawn, so the figures hold. `}
      {gone.length > 0 &&
        `At ${plural(gone.length, 'point')} the map says nothing any more (patch removed, or ignored): they count for the area alone.`}
    </p>
  )
}

function Matrix({ audit }: { audit: PointAuditRecord }) {
  const studio = useStudio()
  useStudioState(state => state.accuracy.mapped)
  const rows = errorMatrix(studio.store.getState(), audit)
  return (
    <table className="audit-table tabular">
      <caption>Points: map by reviewer</caption>
      <thead>
        <tr>
          <th scope="col">Map now</th>
          <th scope="col">Landslide</th>
          <th scope="col">Not</th>
          <th scope="col">Cannot tell</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ map, landslide, notLandslide, cannotTell }) => (
          <tr key={map}>
            <th scope="row">{map === 1 ? 'Landslide' : 'Not landslide'}</th>
            <td>{landslide}</td>
            <td>{notLandslide}</td>
            <td>{cannotTell}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Strata({ audit }: { audit: PointAuditRecord }) {
  return (
    <table className="audit-table tabular">
      <caption>Strata as drawn</caption>
      <thead>
        <tr>
          <th scope="col">Stratum</th>
          <th scope="col">Pixels</th>
          <th scope="col">Points</th>
        </tr>
      </thead>
      <tbody>
        {audit.strata.map(({ stratum, pixels }) => (
          <tr key={stratum}>
            <th scope="row">{STRATUM_TITLES[stratum]}</th>
            <td>{pixels.toLocaleString('en')}</td>
            <td>{audit.points.filter(point => point.stratum === stratum).length}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Before the last answer the list would give the map away. */
function Differing({ audit, complete }: { audit: PointAuditRecord; complete: boolean }) {
  const { differing } = useAgainstMap(audit)
  if (!complete) {
    return (
      <p className="hint">
        Points at which the map says something else are listed once every point has an answer: before, the
        list would give the map away.
      </p>
    )
  }
  return (
    <section className="stack" aria-label="Points where map and reviewer differ">
      <h3>Map and reviewer differ at {plural(differing.length, 'point')}</h3>
      {differing.length > 0 && (
        <>
          <p className="hint">A point opens with the map shown.</p>
          <PointButtons
            audit={audit}
            points={differing}
            text={({ number }) => {
              const answer = audit.answers[number]!.answer
              return answer === 'landslide' ? 'missed by the map' : 'mapped, not landslide'
            }}
          />
        </>
      )}
    </section>
  )
}

function PointButtons({
  audit,
  points,
  text,
}: {
  audit: PointAuditRecord
  points: readonly AuditPoint[]
  text: (point: AuditPoint) => string
}) {
  const studio = useStudio()
  return (
    <ul className="audit-jumps">
      {points.map(point => (
        <li key={point.number}>
          <Button
            className="button button-plain"
            onPress={() => void lookAtPoint(studio, audit.id, point.number)}
          >
            <span className="tabular">{point.number}</span>
            <span className="dim">{text(point)}</span>
          </Button>
        </li>
      ))}
    </ul>
  )
}

/** Other audits of the same draw, answer by answer. */
function Reviewers({ audit, complete }: { audit: PointAuditRecord; complete: boolean }) {
  const list = useStudioState(state => state.accuracy.list)
  const others = list.filter(other => other.id !== audit.id && isSameDraw(other, audit))
  if (others.length === 0) return null
  const { pairs, differing } = compareAudits([audit, ...others])
  const nameOf = (id: string) => list.find(other => other.id === id)?.name ?? ''
  const answerOf = (answers: Readonly<Record<string, keyof typeof ANSWER_TITLES>>) =>
    Object.values(answers)
      .map(answer => ANSWER_TITLES[answer].toLowerCase())
      .join(' / ')
  return (
    <section className="stack" aria-label="Reviewers compared">
      <h3>Reviewers of the same points</h3>
      <table className="audit-table tabular">
        <caption className="visually-hidden">Agreement of reviewers</caption>
        <thead>
          <tr>
            <th scope="col">With</th>
            <th scope="col">Compared</th>
            <th scope="col">Same answer</th>
            <th scope="col">Kappa</th>
          </tr>
        </thead>
        <tbody>
          {pairs
            .filter(({ first }) => first === audit.id)
            .map(({ second, compared, agreement, kappa }) => (
              <tr key={second}>
                <th scope="row">{nameOf(second)}</th>
                <td>{compared}</td>
                <td>{agreement === null ? '–' : `${(100 * agreement).toFixed(0)} %`}</td>
                <td>{kappa === null ? '–' : kappa.toFixed(2)}</td>
              </tr>
            ))}
        </tbody>
      </table>
      {complete && differing.length > 0 && (
        <PointButtons
          audit={audit}
          points={differing.map(({ number }) => audit.points[number - 1]!)}
          text={({ number }) => answerOf(differing.find(other => other.number === number)!.answers)}
        />
      )}
    </section>
  )
}

function CopyText({ audit }: { audit: PointAuditRecord }) {
  const studio = useStudio()
  const accuracy = useAccuracy(audit)
  if (!accuracy) return null
  const text = () => auditAsText(audit, accuracy, errorMatrix(studio.store.getState(), audit))
  return <CopyButton text={text} label="Copy as text" />
}
