import { useEffect, useState } from 'react'
import { Button } from 'react-aria-components'
import { AppError, toAppError } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import type { ConfusionCounts, SegmentationMetrics } from '../../core/rounds/metrics'
import { FAMILY_TITLES } from '../../core/rounds/networks'
import { changedShare, type RoundRecord, roundEnsemble } from '../../core/rounds/round'
import { networkScoresAt, roundScoresAt } from '../../core/rounds/roundScores'
import {
  compareRoundMaps,
  compareRounds,
  type PatchDifference,
  showRoundDifference,
  totalDifference,
} from '../../state/rounds/compareRounds'
import { Segmented, Select } from '../controls/Fields'
import { StudioDialog } from '../dialogs/StudioDialog'
import { formatDuration, formatScore, formatShare } from '../format'
import { useStudio, useStudioState } from '../studioContext'
import { ConfidenceHistogram } from './ConfidenceHistogram'
import {
  configDifferences,
  confusionText,
  differenceRows,
  familiesOf,
  testSetText,
  type What,
} from './roundText'

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
    <StudioDialog title="Compare rounds" wide>
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
        <Scores before={before} after={after} />
        <RoundDifferences before={before} after={after} />
        <Targets before={before} after={after} />
        <Differences before={before} after={after} />
      </div>
    </StudioDialog>
  )
}

export interface PairProps {
  before: RoundRecord
  after: RoundRecord
}

export const MEASURES = [
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

export function change(a: number | null | undefined, b: number | null | undefined): string {
  if (a === null || a === undefined || b === null || b === undefined) return ''
  return `${b >= a ? '+' : '−'}${Math.abs(b - a).toFixed(3)}`
}

const KINDS: readonly { id: What; title: string }[] = [
  { id: 'between', title: 'Between the rounds' },
  { id: 'against', title: 'Against your verdicts' },
]

const MOST_ROWS = 200

/** What changed, patch by patch, most changed first; a click shows it on the map. */
function RoundDifferences({ before, after }: { before: RoundRecord; after: RoundRecord }) {
  const studio = useStudio()
  const [what, setWhat] = useState<What>('between')
  const { differences, share, error } = useDifferences(before, after)
  if (error) return <p className="unfinished-reason">{error}</p>
  if (!differences) {
    return (
      <p className="hint" role="status">
        Comparing the maps… {Math.floor(share * 10) * 10} %
      </p>
    )
  }
  const total = totalDifference(differences, what)
  const rows = differenceRows(differences, what)
  const show = (patchId: string) => {
    void showRoundDifference(studio, what === 'between' ? before.id : null, after.id, patchId)
  }
  return (
    <section className="round-differences" aria-label="Changes by patch">
      <Segmented label="Compare" value={what} options={KINDS} onChange={setWhat} />
      <p className="hint">{total ? totalText(total, what, after.index) : missingText(what)}</p>
      {rows.length > 0 && (
        <div className="difference-scroll">
          <table className="scores tabular">
            <caption className="visually-hidden">
              {what === 'between'
                ? `Pixels gained and lost from round ${before.index} to round ${after.index}, by patch`
                : `Where round ${after.index} disagrees with your verdicts, by patch`}
            </caption>
            <thead>
              <tr>
                <th scope="col">Patch</th>
                <th scope="col">{what === 'between' ? 'Gained' : 'You added'}</th>
                <th scope="col">{what === 'between' ? 'Lost' : 'You removed'}</th>
                <th scope="col">km²</th>
                <th scope="col">Share</th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, MOST_ROWS).map(row => (
                <tr key={row.patchId}>
                  <th scope="row">
                    <Button className="link" onPress={() => show(row.patchId)}>
                      {row.name}
                    </Button>
                  </th>
                  <td>{row.gained}</td>
                  <td>{row.lost}</td>
                  <td>{row.area}</td>
                  <td>{row.share}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rows.length > MOST_ROWS && (
        <p className="hint">
          The {MOST_ROWS} patches that changed most, of {rows.length}.
        </p>
      )}
    </section>
  )
}

/** Compared again when other rounds are chosen or the threshold moves; a comparison in progress is then dropped. */
function useDifferences(before: RoundRecord, after: RoundRecord) {
  const studio = useStudio()
  const threshold = useStudioState(state => state.review.threshold)
  const [state, setState] = useState<{
    differences: PatchDifference[] | null
    share: number
    error: string | null
  }>({ differences: null, share: 0, error: null })
  // biome-ignore lint/correctness/useExhaustiveDependencies: maps are made at the threshold.
  useEffect(() => {
    const stop = new AbortController()
    setState({ differences: null, share: 0, error: null })
    compareRoundMaps(studio, before, after, {
      signal: stop.signal,
      onPatch: share => setState(({ differences, error }) => ({ differences, share, error })),
    })
      .then(differences => {
        if (!stop.signal.aborted) setState({ differences, share: 1, error: null })
      })
      .catch((thrown: unknown) => {
        if (stop.signal.aborted && thrown instanceof AppError) return
        setState({ differences: null, share: 0, error: toAppError(thrown).message })
      })
    return () => stop.abort()
  }, [studio, before, after, threshold])
  return state
}

type Total = NonNullable<ReturnType<typeof totalDifference>>

function totalText(
  { gained, lost, compared, patches, changedArea }: Total,
  what: What,
  round: number,
): string {
  const share = formatShare(changedShare({ gained, lost, compared }) ?? 0)
  const area = changedArea === null ? '' : `, ${changedArea.toFixed(2)} km²`
  const on = `on ${plural(patches, 'patch', 'patches')}`
  const count = (pixels: number) => pixels.toLocaleString('en')
  return what === 'between'
    ? `${count(gained)} pixels gained, ${count(lost)} lost ${on}: ${share} of them${area}.`
    : `Round ${round} lacks ${count(gained)} pixels that you marked, and marks ${count(lost)} that you did not, ${on}: ${share} of them${area}.`
}

function missingText(what: What): string {
  return what === 'between'
    ? 'No patch was mapped by both rounds.'
    : 'No patch that this round mapped was accepted or corrected yet.'
}
