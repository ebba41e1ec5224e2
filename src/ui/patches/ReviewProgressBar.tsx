import { useMemo } from 'react'
import type { VerdictKind } from '../../core/review/verdict'
import { reviewProgress } from '../../state/reviewProgress'
import { Icon } from '../controls/Icon'
import { useStudioState } from '../studioContext'
import { VERDICT_LOOK } from './verdictLook'

const KINDS = Object.keys(VERDICT_LOOK) as VerdictKind[]

/** The panel's head: how much is reviewed, in patches, pixels and verdicts. */
export function ReviewProgressBar() {
  const patches = useStudioState(state => state.patches)
  const verdicts = useStudioState(state => state.verdicts)
  const progress = useMemo(() => reviewProgress({ patches, verdicts }), [patches, verdicts])
  const { total, reviewed, byKind, pixelShare } = progress
  const given = KINDS.filter(kind => byKind[kind] > 0)
  const counts = given.map(kind => `${byKind[kind]} ${VERDICT_LOOK[kind].title.toLowerCase()}`).join(', ')
  return (
    <>
      <div className="panel-head">
        <h2>Patches</h2>
        <span className="dim tabular">{total > 0 && `${reviewed} of ${total} reviewed`}</span>
      </div>
      {total > 0 && (
        <div className="progress-block">
          <div
            className="verdict-bar"
            role="img"
            aria-label={`${reviewed} of ${total} patches reviewed${counts && `: ${counts}`}`}
          >
            {given.map(kind => (
              <span
                key={kind}
                className={`verdict-part part-${kind}`}
                style={{ width: `${(100 * byKind[kind]) / total}%` }}
              />
            ))}
          </div>
          {reviewed > 0 && (
            <p className="verdict-counts" aria-hidden="true">
              {given.map(kind => (
                <span key={kind} title={VERDICT_LOOK[kind].title}>
                  <Icon name={VERDICT_LOOK[kind].icon} />
                  {byKind[kind]}
                </span>
              ))}
              <span className="spacer" />
              <span>{Math.round(100 * pixelShare)} % of pixels</span>
            </p>
          )}
        </div>
      )}
    </>
  )
}
