import { roundObstacle } from '../../state/selectors'
import { CommandButton } from '../controls/CommandButton'
import { NumberField } from '../controls/NumberField'
import { JobProgress } from '../map/JobStrip'
import { useStudio, useStudioState } from '../studioContext'
import { RoundCard } from './RoundCard'
import { RoundCurves } from './RoundCurves'
import { RoundSettings } from './RoundSettings'

export function RoundsPanel() {
  const studio = useStudio()
  const job = useStudioState(state => state.jobs.round)
  const live = useStudioState(state => state.live)
  const rounds = useStudioState(state => state.rounds)
  const steps = useStudioState(state => state.settings.steps)
  const obstacle = useStudioState(state => (state.patches.length > 0 ? roundObstacle(state) : null))
  return (
    <section className="panel rounds-panel" aria-label="Rounds">
      <div className="panel-head">
        <h2>Rounds</h2>
        <span className="dim">{rounds.length === 0 ? 'none yet' : `${rounds.length} so far`}</span>
      </div>
      <div className="panel-pad stack">
        {job ? (
          <div className="round-running">
            <JobProgress job={job} />
            <CommandButton command="cancel" icon="close" />
          </div>
        ) : (
          <>
            <div className="round-start">
              <NumberField
                label="Steps"
                value={steps}
                minValue={1}
                maxValue={100000}
                onChange={value =>
                  studio.store.setState(state => ({ settings: { ...state.settings, steps: value } }))
                }
              />
              <CommandButton command="start-round" icon="run" />
            </div>
            {obstacle && <p className="hint">{obstacle}</p>}
            <RoundSettings />
          </>
        )}
        {live && job && <RoundCurves live={live} />}
        {rounds.toReversed().map((round, index) => (
          <RoundCard
            key={round.id}
            round={round}
            parent={rounds.find(other => other.id === round.parentRoundId) ?? null}
            latest={index === 0}
          />
        ))}
        {rounds.length === 0 && !job && (
          <p className="hint">
            A round trains the networks chosen in Models on labels, your verdicts and confident pseudo-labels,
            then maps the target anew.
          </p>
        )}
      </div>
    </section>
  )
}
