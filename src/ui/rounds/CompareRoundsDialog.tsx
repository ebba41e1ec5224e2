import type { ConfusionCounts, SegmentationMetrics } from '../../core/rounds/metrics'
import { FAMILY_TITLES } from '../../core/rounds/networks'
import { type RoundRecord, roundEnsemble } from '../../core/rounds/round'
import { networkScoresAt, roundScoresAt } from '../../core/rounds/roundScores'
import { compareRounds } from '../../state/rounds/compareRounds'
import { Select } from '../controls/Fields'
import { StudioDialog } from '../dialogs/StudioDialog'
import { formatDuration, formatScore } from '../format'
import { useStudio, useStudioState } from '../studioContext'
import { ConfidenceHistogram } from './ConfidenceHistogram'
import { RoundChanges } from './RoundChanges'
import { configDifferences, confusionText, familiesOf, testSetText } from './roundText'

/** Two rounds side by side: scores, what they made of the target, and what they were run with. */
export function CompareRoundsDialog() {
  const studio = useStudio()
  const rounds = useStudioState(state => state.rounds.list)
  const compared = useStudioState(state => state.rounds.compared)
  const find = (id: string | undefined) => rounds.find(round => round.id === id)
  const before = find(compared?.[0]) ?? rounds.at(-2)
  const after = find(compared?.[1]) ?? rounds.at(-1)
  if (!before || !after) return null
  const options = rounds.map(({ id, index }) => ({ id, title: `Round ${index}` }))
  return (
    <StudioDialog title="Compare rounds" wide="pictures">
      <div className="stack">
        <div className="field-pair">
          <Select
            label="From"
            value={before.id}
            options={options}
            onChange={id => compareRounds(studio, [id, after.id])}
          />
          <Select
            label="To"
            value={after.id}
            options={options}
            onChange={id => compareRounds(studio, [before.id, id])}
          />
        </div>
        <RoundChanges before={before} after={after}>
          <Scores before={before} after={after} />
        </RoundChanges>
        <Targets before={before} after={after} />
        <Differences before={before} after={after} />
      </div>
    </StudioDialog>
  )
}

interface PairProps {
  before: RoundRecord
  after: RoundRecord
}

const MEASURES = [
  ['f1', 'F1'],
  ['precision', 'Precision'],
  ['recall', 'Recall'],
  ['iou', 'IoU'],
] as const

function Scores({ before, after }: PairProps) {
  const threshold = useStudioState(state => state.review.threshold)
  const [from, to] = [before, after].map(round => roundScoresAt(round, threshold))
  const rows: [string, SegmentationMetrics | null, SegmentationMetrics | null][] = familiesOf(
    before,
    after,
  ).map(family => {
    const of = (round: RoundRecord) => {
      const network = roundEnsemble(round).find(other => other.family === family)
      return (network && networkScoresAt(network, round, threshold)?.metrics) ?? null
    }
    return [FAMILY_TITLES[family], of(before), of(after)]
  })
  rows.push(['Ensemble', from?.metrics ?? null, to?.metrics ?? null])
  const sameSplit = before.heldOutPatchIds.join() === after.heldOutPatchIds.join()
  return (
    <>
      <table className="scores tabular compare-scores">
        <caption className="visually-hidden">Held-out scores of both rounds</caption>
        <thead>
          <tr>
            <th scope="col">Held out</th>
            {MEASURES.map(([name, title]) => (
              <th key={name} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, a, b], index) => (
            <tr key={name} className={index === rows.length - 1 ? 'scores-strong' : undefined}>
              <th scope="row">{name}</th>
              {MEASURES.map(([measure]) => (
                <td key={measure}>
                  {formatScore(a?.[measure])} → {formatScore(b?.[measure])}{' '}
                  <span className="dim compare-change">{change(a?.[measure], b?.[measure])}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {from && to && (
        <p className="hint">
          {testSetText(before, from)}
          {from.threshold !== to.threshold && `; round ${after.index} at ${to.threshold.toFixed(2)}`}.
        </p>
      )}
      {!sameSplit && (
        <p className="unfinished-reason">
          They were scored on different held-out patches ({before.heldOutPatchIds.length} and{' '}
          {after.heldOutPatchIds.length}): the scores are not comparable.
        </p>
      )}
    </>
  )
}

function Targets({ before, after }: PairProps) {
  const threshold = useStudioState(state => state.review.threshold)
  const scored = (round: RoundRecord) => roundScoresAt(round, threshold)?.metrics
  return (
    <div className="compare-pair">
      {(
        [
          ['from', before],
          ['to', after],
        ] as const
      ).map(([side, round]) => (
        <section key={side} aria-label={`Round ${round.index} on the target`}>
          <h3>Round {round.index}</h3>
          {round.target ? (
            <ConfidenceHistogram
              bins={round.target.confidence}
              against={side === 'to' ? before.target?.confidence : undefined}
              band={round.config.pseudoLabel}
            />
          ) : (
            <p className="hint">This round has no record of the target.</p>
          )}
          <p className="hint">
            <Confusion counts={scored(round)} />
            {round.targetPatchIds.length} target patches used, {round.verdictIds.length} with a verdict ·{' '}
            {formatDuration(round.seconds)}
          </p>
        </section>
      ))}
    </div>
  )
}

function Confusion({ counts }: { counts: ConfusionCounts | undefined }) {
  if (!counts) return null
  return (
    <>
      {confusionText(counts)}.
      <br />
    </>
  )
}

function Differences({ before, after }: PairProps) {
  const differences = configDifferences(before.config, after.config)
  if (differences.length === 0) return <p className="hint">Both used the same settings.</p>
  return (
    <table className="scores tabular">
      <thead>
        <tr>
          <th scope="col">Settings that differ</th>
          <th scope="col">Round {before.index}</th>
          <th scope="col">Round {after.index}</th>
        </tr>
      </thead>
      <tbody>
        {differences.map(({ name, before: a, after: b }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{a}</td>
            <td>{b}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function change(a: number | null | undefined, b: number | null | undefined): string {
  if (a === null || a === undefined || b === null || b === undefined) return ''
  return `${b >= a ? '+' : '−'}${Math.abs(b - a).toFixed(3)}`
}
