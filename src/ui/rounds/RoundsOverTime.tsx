import { Disclosure, DisclosurePanel } from 'react-aria-components'
import type { RoundRecord } from '../../core/refinement/round'
import { DisclosureHeading } from '../controls/DisclosureHeading'
import { formatScore } from '../formatScore'
import { DataTable } from './DataTable'
import { LineChart } from './LineChart'

const MEASURES = [
  { id: 'f1', title: 'F1', look: 0 },
  { id: 'precision', title: 'Precision', look: 1 },
  { id: 'recall', title: 'Recall', look: 2 },
  { id: 'iou', title: 'IoU', look: 4 },
] as const

/** The ensemble's held-out scores over all rounds: a chart, and its numbers with the pixels behind them as tables. */
export function RoundsOverTime({ rounds }: { rounds: readonly RoundRecord[] }) {
  const scored = rounds.filter(round => round.ensembleHeldOut !== null)
  const [first] = scored
  const last = scored.at(-1)
  if (!first || !last || scored.length < 2) return null
  const sameSplit = scored.every(round => round.heldOutPatchIds.join() === first.heldOutPatchIds.join())
  return (
    <section className="rounds-over-time" aria-label="Scores over rounds">
      <LineChart
        title="Held-out scores by round"
        first={first.index}
        steps={last.index}
        unit="rounds"
        range={[0, 1]}
        marked
        format={value => value.toFixed(2)}
        series={MEASURES.map(({ id, title, look }) => ({
          name: title,
          look,
          points: scored.flatMap(round => {
            const score = round.ensembleHeldOut?.[id] ?? null
            return score === null ? [] : [[round.index, score] as const]
          }),
        }))}
      />
      <ul className="chart-legend tabular">
        {MEASURES.map(({ id, title, look }) => (
          <li key={id}>
            <svg width="16" height="8" aria-hidden="true">
              <path className={`chart-line chart-line-${look}`} d="M0 4h16" />
            </svg>
            {title} <span className="dim">{formatScore(last.ensembleHeldOut?.[id])}</span>
          </li>
        ))}
      </ul>
      {!sameSplit && (
        <p className="unfinished-reason">
          The held-out patches changed between rounds: their scores do not compare.
        </p>
      )}
      <Disclosure className="disclosure round-fold">
        <DisclosureHeading level={3}>Held-out pixels by round</DisclosureHeading>
        <DisclosurePanel className="disclosure-panel">
          <DataTable
            caption="Scores by round"
            columns={['Round', ...MEASURES.map(({ title }) => title)]}
            rows={scored.map(round => [
              String(round.index),
              ...MEASURES.map(({ id }) => formatScore(round.ensembleHeldOut?.[id])),
            ])}
          />
          <DataTable
            caption="Held-out pixels by round: found, false, missed and rightly left"
            columns={['Round', 'Found', 'False', 'Missed', 'Left']}
            rows={scored.map(({ index, ensembleHeldOut: counts }) => [
              String(index),
              ...(counts
                ? [counts.truePositive, counts.falsePositive, counts.falseNegative, counts.trueNegative]
                : []
              ).map(pixels => pixels.toLocaleString('en')),
            ])}
          />
        </DisclosurePanel>
      </Disclosure>
    </section>
  )
}
