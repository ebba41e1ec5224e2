import { Button } from 'react-aria-components'
import { type Accuracy, FEW_OMISSIONS, type PointAuditRecord } from '../../core/review/pointAudit'
import { showEstimate } from '../../state/accuracy/actions'
import { accuracyNow, openAudit, showsEstimate } from '../../state/accuracy/selectors'
import { ESTIMATE_FROM } from '../../state/accuracy/slice'
import { CommandButton } from '../controls/CommandButton'
import { SidePanel } from '../controls/SidePanel'
import { useStudio, useStudioState } from '../studioContext'
import { landslideArea, mappedText, percentText } from './auditText'

/** What the answers so far say of the map: hidden until there are enough, or until it is asked for. */
export function EstimatePanel() {
  const studio = useStudio()
  const audit = useStudioState(openAudit)
  const shown = useStudioState(state => audit !== null && showsEstimate(state, audit))
  const asked = useStudioState(state => state.accuracy.estimateShown)
  if (!audit) return null
  return (
    <SidePanel title="Estimate">
      {shown ? (
        <>
          <Estimate audit={audit} />
          {asked && (
            <Button className="button button-plain" onPress={() => showEstimate(studio, false)}>
              Hide estimate
            </Button>
          )}
        </>
      ) : (
        <>
          <p className="hint">
            Shown from {Math.min(ESTIMATE_FROM, audit.points.length)} counted points. It tells nothing of the
            points that are left, so looking does no harm; early figures only swing widely.
          </p>
          <CommandButton command="audit-estimate" showKey />
        </>
      )}
    </SidePanel>
  )
}

/** The figures of an audit with their intervals, of the map as it is now. */
export function Estimate({ audit }: { audit: PointAuditRecord }) {
  const accuracy = useAccuracy(audit)
  const failed = useStudioState(state => state.accuracy.mappedError)
  if (failed) {
    return (
      <p className="dialog-error" role="alert">
        The map could not be read at the points. {failed}
      </p>
    )
  }
  if (!accuracy) return <p className="hint">Reading the map at the points…</p>
  const mapped = mappedText(audit, accuracy)
  const figures = [
    ['Overall accuracy', percentText(accuracy.overall)],
    ['User’s accuracy', percentText(accuracy.users)],
    ['Producer’s accuracy', percentText(accuracy.producers)],
  ] as const
  return (
    <div className="audit-estimate">
      <dl className="audit-area" aria-label="Area of landslides">
        <dt>Area of landslides</dt>
        <dd className="tabular">{landslideArea(audit, accuracy)}</dd>
      </dl>
      <dl className="facts tabular">
        {mapped && (
          <>
            <dt>On the map, when drawn</dt>
            <dd>{mapped}</dd>
          </>
        )}
        <dt>Share of the area</dt>
        <dd>{percentText(accuracy.share)}</dd>
        {figures.map(([title, text]) => [<dt key={title}>{title}</dt>, <dd key={`${title}/`}>{text}</dd>])}
      </dl>
      <p className="tabular dim">
        {accuracy.counted} counted, {accuracy.cannotTell} cannot tell, {accuracy.left} left
      </p>
      <p className="hint">{caution(accuracy)}</p>
    </div>
  )
}

export function useAccuracy(audit: PointAuditRecord): Accuracy | null {
  // The state's own objects alone: what is worked out of them is another object each time.
  useStudioState(state => state.accuracy.mapped)
  const studio = useStudio()
  return accuracyNow(studio.store.getState(), audit)
}

/** What to know before the figures are believed. */
function caution({ overall, counted, omissions }: Accuracy): string {
  if (!overall) return 'Every stratum needs an answered point before there are figures.'
  const intervals = '± is half of the 95 % interval; without it, too few points differ to tell.'
  if (counted > 0 && omissions < FEW_OMISSIONS) {
    return `${intervals} Fewer than ${FEW_OMISSIONS} points are landslides that the map missed: the intervals of producer’s accuracy and area are rather too narrow.`
  }
  return intervals
}
