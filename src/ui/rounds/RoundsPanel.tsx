import { useDeferredValue, useMemo, useState } from 'react'
import { Button, Disclosure, DisclosurePanel } from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import type { RoundRecord } from '../../core/rounds/round'
import { roundScoresAt, worseF1 } from '../../core/rounds/roundScores'
import { chosenOrShown, chosenPatches } from '../../state/patches/selectors'
import {
  parentOf,
  predictsByRound,
  roundInUse,
  roundObstacle,
  trainingSets,
} from '../../state/rounds/selectors'
import { changeSettings } from '../../state/rounds/settings'
import { CommandButton } from '../controls/CommandButton'
import { HelpTip, NumberField } from '../controls/Fields'
import { DisclosureHeading, SidePanel } from '../controls/SidePanel'
import { formatScore } from '../format'
import { useStudio, useStudioState } from '../studioContext'
import { DataTable, LineChart, LineKey } from './LineChart'
import { listedRounds, ROUNDS_AT_ONCE } from './listedRounds'
import { RoundCard } from './RoundCard'
import { RoundSettings } from './RoundSettings'
import { RoundCurves, RunningRound, UnfinishedRound } from './RunningRound'
import { describeTrainingSets } from './roundText'

export function RoundsPanel() {
  const studio = useStudio()
  const job = useStudioState(state => state.shell.jobs.round)
  const live = useStudioState(state => state.rounds.live)
  const rounds = useStudioState(state => state.rounds.list)
  const inUse = useStudioState(roundInUse)
  const unfinished = useStudioState(state => state.rounds.unfinished)
  // Deferred: what a first patch brings into the panel is rendered in slices.
  const empty = useDeferredValue(useStudioState(state => state.patches.list.length === 0))
  const steps = useStudioState(state => state.rounds.settings.steps)
  const obstacle = useStudioState(state => (state.patches.list.length > 0 ? roundObstacle(state) : null))
  return (
    <SidePanel
      title="Rounds"
      className="rounds-panel"
      aside={
        <>
          <span className="dim">{rounds.length === 0 ? 'none yet' : `${rounds.length} so far`}</span>
          {rounds.length > 0 && <HelpTip topic="held-out" />}
        </>
      }
    >
      {job ? (
        <RunningRound job={job} />
      ) : unfinished ? (
        <UnfinishedRound round={unfinished} />
      ) : (
        <>
          <div className="round-start">
            <NumberField
              label="Steps"
              value={steps}
              minValue={1}
              maxValue={100000}
              onChange={value => changeSettings(studio, { steps: value })}
            />
            <CommandButton command="start-round" icon="run" />
          </div>
          {obstacle ? <p className="hint">{obstacle}</p> : !empty && <LearnsFrom />}
          <RoundSettings />
        </>
      )}
      {!job && inUse && <WorseRound round={inUse} />}
      {live && job && <RoundCurves live={live} />}
      <RoundsOverTime rounds={rounds} />
      {!empty && (
        <div className="button-row round-tools">
          <CommandButton command="band-statistics" icon="chart" look="quiet" />
          {rounds.length > 1 && <CommandButton command="compare-rounds" icon="compare" look="quiet" />}
        </div>
      )}
      {rounds.length > 0 && <RoundList rounds={rounds} inUse={inUse} />}
      {rounds.length === 0 && !job && !unfinished && (
        <p className="hint">
          A round trains the networks chosen in Models on labels, your verdicts and confident pseudo-labels,
          then maps the target again.
        </p>
      )}
    </SidePanel>
  )
}

/** Latest first; of thousands only some are in the page, until more are asked for. */
function RoundList({ rounds, inUse }: { rounds: readonly RoundRecord[]; inUse: RoundRecord | null }) {
  const [count, setCount] = useState(ROUNDS_AT_ONCE)
  const earlier = rounds.length - count
  return (
    <div className="round-list">
      <div className="round-line round-head dim" aria-hidden="true">
        <span />
        <span />
        <span>F1</span>
        <span>Changed</span>
      </div>
      {listedRounds(rounds, count, inUse?.id).map((round, index) => (
        <RoundCard
          key={round.id}
          round={round}
          parent={parentOf(rounds, round)}
          inUse={round.id === inUse?.id}
          latest={index === 0}
        />
      ))}
      {earlier > 0 && (
        <Button className="button button-quiet" onPress={() => setCount(count + ROUNDS_AT_ONCE)}>
          Show earlier rounds ({earlier.toLocaleString('en')})
        </Button>
      )}
    </div>
  )
}

/** Says where the round in use scores lower than what was there before it, and offers the way back. */
function WorseRound({ round }: { round: RoundRecord }) {
  const threshold = useStudioState(state => state.review.threshold)
  const worse = worseF1(round, threshold)
  const predicts = useStudioState(state => predictsByRound(state, round))
  if (!worse || !predicts) return null
  return (
    <div className="round-worse" role="note">
      <p>
        <strong>Round {round.index} scores lower.</strong> F1 {formatScore(worse.before)} before,{' '}
        {formatScore(worse.after)} now, on{' '}
        {plural(round.heldOutPatchIds.length, 'held-out patch', 'held-out patches')}.
      </p>
      <CommandButton command="use-parent-round" look="plain" />
    </div>
  )
}

/** What the next round learns from and is scored on, and how to choose that. */
function LearnsFrom() {
  const studio = useStudio()
  const patches = useStudioState(state => state.patches.list)
  const verdicts = useStudioState(state => state.review.verdicts)
  const rounds = useStudioState(state => state.rounds.list)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state read inside changes with exactly these.
  const text = useMemo(
    () => describeTrainingSets(trainingSets(studio.store.getState())),
    [studio, patches, verdicts, rounds],
  )
  const heldOut = useStudioState(state => chosenOrShown(state).every(patch => patch.heldOut))
  const count = useStudioState(state => chosenPatches(state).length)
  return (
    <div className="learns-from">
      <p className="hint">{text}</p>
      <CommandButton
        command="hold-out"
        icon="lock"
        iconOnly
        look="quiet"
        pressed={heldOut}
        detail={count > 0 ? `${count} selected` : 'patch on screen'}
      />
    </div>
  )
}

const MEASURES = [
  { id: 'f1', title: 'F1', look: 0 },
  { id: 'precision', title: 'Precision', look: 1 },
  { id: 'recall', title: 'Recall', look: 2 },
  { id: 'iou', title: 'IoU', look: 4 },
] as const

/** Of the tables, and of the chart's marks: the latest. */
const MOST_ROWS = 100

/** The ensemble's held-out scores over all rounds: a chart, and its numbers with the pixels behind them as tables. */
function RoundsOverTime({ rounds }: { rounds: readonly RoundRecord[] }) {
  const threshold = useStudioState(state => state.review.threshold)
  const scored = rounds.flatMap(round => {
    const metrics = roundScoresAt(round, threshold)?.metrics
    return metrics ? [{ ...round, metrics }] : []
  })
  const [first] = scored
  const last = scored.at(-1)
  if (!first || !last || scored.length < 2) return null
  const tabled = scored.slice(-MOST_ROWS)
  const sameSplit = scored.every(round => round.heldOutPatchIds.join() === first.heldOutPatchIds.join())
  return (
    <section className="rounds-over-time" aria-label="Scores over rounds">
      <LineChart
        title="Held-out scores by round"
        first={first.index}
        steps={last.index}
        unit="rounds"
        range={[0, 1]}
        marked={scored.length <= MOST_ROWS}
        format={value => value.toFixed(2)}
        series={MEASURES.map(({ id, title, look }) => ({
          name: title,
          look,
          points: scored.flatMap(round => {
            const score = round.metrics[id]
            return score === null ? [] : [[round.index, score] as const]
          }),
        }))}
      />
      <ul className="chart-legend tabular">
        {MEASURES.map(({ id, title, look }) => (
          <li key={id}>
            <LineKey look={look} />
            {title} <span className="dim">{formatScore(last.metrics[id])}</span>
          </li>
        ))}
      </ul>
      {!sameSplit && (
        <p className="unfinished-reason">
          The held-out patches changed between rounds: their scores are not comparable.
        </p>
      )}
      <Disclosure className="disclosure round-fold">
        <DisclosureHeading level={3}>Held-out pixels by round</DisclosureHeading>
        <DisclosurePanel className="disclosure-panel">
          <DataTable
            caption="Scores by round"
            columns={['Round', ...MEASURES.map(({ title }) => title)]}
            rows={tabled.map(round => [
              String(round.index),
              ...MEASURES.map(({ id }) => formatScore(round.metrics[id])),
            ])}
          />
          <DataTable
            caption="Held-out pixels by round: found, false, missed and correctly left"
            columns={['Round', 'Found', 'False', 'Missed', 'Left']}
            rows={tabled.map(({ index, metrics: counts }) => [
              String(index),
              ...[counts.truePositive, counts.falsePositive, counts.falseNegative, counts.trueNegative].map(
                pixels => pixels.toLocaleString('en'),
              ),
            ])}
          />
        </DisclosurePanel>
      </Disclosure>
    </section>
  )
}
