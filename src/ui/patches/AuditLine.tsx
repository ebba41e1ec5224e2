import { useMemo } from 'react'
import type { Estimate } from '../../core/review/auditEstimate'
import { auditProgress } from '../../state/reviewProgress'
import { useStudio, useStudioState } from '../studioContext'

/** What the reviewed part of the random sample says of the networks. */
export function AuditLine() {
  const studio = useStudio()
  const patches = useStudioState(state => state.patches)
  const verdicts = useStudioState(state => state.verdicts)
  const seed = useStudioState(state => state.auditSeed)
  const wanted = useStudioState(state => state.auditSize)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state read inside changes with exactly these.
  const audit = useMemo(
    () => auditProgress(studio.store.getState()),
    [studio, patches, verdicts, seed, wanted],
  )
  const { estimate } = audit
  return (
    <section className="audit-line" aria-label="Audit">
      <p>
        {audit.reviewed} of {audit.size} of a random sample reviewed
      </p>
      {estimate.patches === 0 ? (
        <p className="dim">Its corrections will say, without bias, how well the networks do.</p>
      ) : (
        <>
          <p className="tabular">Precision {text(estimate.precision)}</p>
          <p className="tabular">Recall {text(estimate.recall)}</p>
          <p className="dim">
            You changed {changed(estimate.changed, estimate.pixels)} of{' '}
            {count(estimate.patches, 'patch', 'patches')}
            {audit.withoutMask > 0 &&
              `; ${audit.withoutMask} rejected or unsure left out, which may flatter the networks`}
            .
          </p>
        </>
      )}
    </section>
  )
}

function text(estimate: Estimate | null): string {
  if (!estimate) return '–'
  const { value, low, high } = estimate
  return `${value.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`
}

function changed(pixels: number, of: number): string {
  const percent = of > 0 ? (100 * pixels) / of : 0
  return `${pixels.toLocaleString('en')} px (${percent.toFixed(percent < 1 ? 2 : 1)} %)`
}

const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`
