import type { RoundRecord } from '../../core/refinement/round'
import type { SegmentationMetrics } from '../../core/training/metrics'
import { FAMILY_TITLES } from '../../state/slices/roundsSlice'
import { Select } from '../controls/Select'
import { StudioDialog } from '../dialogs/StudioDialog'
import { formatDuration } from '../formatDuration'
import { formatScore } from '../formatScore'
import { useStudio, useStudioState } from '../studioContext'
import { ConfidenceHistogram } from './ConfidenceHistogram'
import { configDifferences, familiesOf } from './compareRounds'
import { confusionText } from './confusionText'
import { RoundDifferences } from './RoundDifferences'
import { changedText } from './RoundTarget'

/** Two rounds side by side: scores, what they made of the target, and what they were run with. */
export function CompareRoundsDialog() {
  const studio = useStudio()
  const rounds = useStudioState(state => state.rounds)
  const compared = useStudioState(state => state.compared)
  const find = (id: string | undefined) => rounds.find(round => round.id === id)
  const before = find(compared?.[0]) ?? rounds.at(-2)
  const after = find(compared?.[1]) ?? rounds.at(-1)
  if (!before || !after) return null
  const options = rounds.map(({ id, index }) => ({ id, title: `Round ${index}` }))
  const choose = (pair: [string, string]) => studio.store.setState({ compared: pair })
  return (
    <StudioDialog title="Compare rounds" wide>
      <div className="stack">
        <div className="field-pair">
          <Select label="From" value={before.id} options={options} onChange={id => choose([id, after.id])} />
          <Select label="To" value={after.id} options={options} onChange={id => choose([before.id, id])} />
        </div>
        <Scores before={before} after={after} />
        <RoundDifferences before={before} after={after} />
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
  const rows: [string, SegmentationMetrics | null, SegmentationMetrics | null][] = familiesOf(
    before,
    after,
  ).map(family => {
    const of = (round: RoundRecord) =>
      round.networks.find(network => network.family === family)?.heldOut ?? null
    return [FAMILY_TITLES[family], of(before), of(after)]
  })
  rows.push(['Ensemble', before.ensembleHeldOut, after.ensembleHeldOut])
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
      {!sameSplit && (
        <p className="unfinished-reason">
          They were scored on different held-out patches ({before.heldOutPatchIds.length} and{' '}
          {after.heldOutPatchIds.length}): the scores do not compare.
        </p>
      )}
    </>
  )
}

function Targets({ before, after }: PairProps) {
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
            {round.target?.changedPixels && (
              <>
                {changedText(round.target.changedPixels, 0)}
                <br />
              </>
            )}
            {round.ensembleHeldOut && (
              <>
                {confusionText(round.ensembleHeldOut)}.
                <br />
              </>
            )}
            {round.targetPatchIds.length} target patches taught, {round.verdictIds.length} with a verdict ·{' '}
            {formatDuration(round.seconds)}
          </p>
        </section>
      ))}
    </div>
  )
}

function Differences({ before, after }: PairProps) {
  const differences = configDifferences(before.config, after.config)
  if (differences.length === 0) return <p className="hint">Both ran with the same settings.</p>
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
            <th scope="row">
              <code>{name}</code>
            </th>
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
