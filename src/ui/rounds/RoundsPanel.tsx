import { changeSettings } from '../../state/actions/roundSettings'
import { parentOf, roundInUse } from '../../state/roundSelectors'
import { roundObstacle } from '../../state/selectors'
import { CommandButton } from '../controls/CommandButton'
import { HelpTip } from '../controls/HelpTip'
import { NumberField } from '../controls/NumberField'
import { SidePanel } from '../controls/SidePanel'
import { useStudio, useStudioState } from '../studioContext'
import { RoundCard } from './RoundCard'
import { RoundCurves } from './RoundCurves'
import { RoundSettings } from './RoundSettings'
import { RoundsOverTime } from './RoundsOverTime'
import { RunningRound } from './RunningRound'
import { UnfinishedRound } from './UnfinishedRound'

export function RoundsPanel() {
  const studio = useStudio()
  const job = useStudioState(state => state.jobs.round)
  const live = useStudioState(state => state.live)
  const rounds = useStudioState(state => state.rounds)
  const inUse = useStudioState(roundInUse)
  const unfinished = useStudioState(state => state.unfinished)
  const empty = useStudioState(state => state.patches.length === 0)
  const steps = useStudioState(state => state.settings.steps)
  const obstacle = useStudioState(state => (state.patches.length > 0 ? roundObstacle(state) : null))
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
          {obstacle && <p className="hint">{obstacle}</p>}
          <RoundSettings />
        </>
      )}
      {live && job && <RoundCurves live={live} />}
      <RoundsOverTime rounds={rounds} />
      {!empty && (
        <div className="button-row round-tools">
          <CommandButton command="band-statistics" icon="chart" look="quiet" />
          {rounds.length > 1 && <CommandButton command="compare-rounds" icon="compare" look="quiet" />}
        </div>
      )}
      {rounds.length > 0 && (
        <div className="round-list">
          <div className="round-line round-head dim" aria-hidden="true">
            <span />
            <span />
            <span>F1</span>
            <span>Changed</span>
          </div>
          {rounds.toReversed().map((round, index) => (
            <RoundCard
              key={round.id}
              round={round}
              parent={parentOf(rounds, round)}
              inUse={round.id === inUse?.id}
              latest={index === 0}
            />
          ))}
        </div>
      )}
      {rounds.length === 0 && !job && !unfinished && (
        <p className="hint">
          A round trains the networks chosen in Models on labels, your verdicts and confident pseudo-labels,
          then maps the target anew.
        </p>
      )}
    </SidePanel>
  )
}
