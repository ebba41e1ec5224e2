import { useEffect, useRef, useState } from 'react'
import type { UnfinishedRound as Unfinished } from '../../core/review/records'
import { FAMILIES, FAMILY_TITLES } from '../../core/rounds/networks'
import { resumeObstacle } from '../../state/rounds/selectors'
import type { RoundsSlice } from '../../state/rounds/slice'
import type { JobState } from '../../state/shell/slice'
import { CommandButton } from '../controls/CommandButton'
import { formatBytes, formatScore, formatTime } from '../format'
import { JobProgress } from '../map/JobStrip'
import { useStudioState } from '../studioContext'
import { LineChart, LineKey, type Series } from './LineChart'
import { roundPace, spokenProgress } from './roundText'

const SAY_EVERY_MS = 30_000

/** The running round: progress, speed, memory, what is saved, and how to stop it. */
export function RunningRound({ job }: { job: JobState }) {
  const pausing = useStudioState(state => state.rounds.pausing)
  const pace = useStudioState(state => state.rounds.pace)
  return (
    <div className="stack">
      <JobProgress
        job={job}
        waiting={pausing ? 'Pausing after this step…' : undefined}
        pace={roundPace(job, pace)}
      />
      <Spoken job={job} />
      <div className="round-facts dim tabular">
        <Memory />
        <Saved />
      </div>
      <div className="button-row">
        <CommandButton command="pause-round" icon="pause" detail="saves and stops; resume any time" />
        <CommandButton command="cancel-round" icon="close" look="quiet" />
      </div>
    </div>
  )
}

/** Progress for screen readers, every half a minute. */
function Spoken({ job }: { job: JobState }) {
  const live = useStudioState(state => state.rounds.live)
  const pausing = useStudioState(state => state.rounds.pausing)
  const text = spokenProgress(job, live, pausing)
  const latest = useRef(text)
  latest.current = text
  const [said, setSaid] = useState(text)
  useEffect(() => {
    const timer = setInterval(() => setSaid(latest.current), SAY_EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  // What a person asked for is answered at once.
  useEffect(() => {
    if (pausing) setSaid(latest.current)
  }, [pausing])
  return (
    <p className="visually-hidden" role="status">
      {said}
    </p>
  )
}

function Memory() {
  const pace = useStudioState(state => state.rounds.pace)
  if (!pace) return null
  const { gpuBytes, tensorBytes } = pace
  return <span title={`Tensors hold ${formatBytes(tensorBytes)}`}>{formatBytes(gpuBytes)} on the GPU</span>
}

function Saved() {
  const saved = useStudioState(state => state.rounds.saved)
  if (!saved) return <span>Not saved yet</span>
  return (
    <span>
      {FAMILY_TITLES[saved.family]} saved at step {saved.step}, {formatTime(saved.at, { timeStyle: 'short' })}
    </span>
  )
}

/** Loss and held-out F1 of the running round, one line a network. */
export function RoundCurves({ live }: { live: NonNullable<RoundsSlice['live']> }) {
  const families = FAMILIES.filter(family => live[family])
  if (families.length === 0) {
    return <p className="hint">Compiling the networks: curves appear after the first step.</p>
  }
  const steps = Math.max(1, ...families.map(family => live[family]?.steps ?? 0))
  const losses: Series[] = families.map(family => ({
    name: FAMILY_TITLES[family],
    look: FAMILIES.indexOf(family),
    points: live[family]?.losses ?? [],
  }))
  const scores: Series[] = families.map(family => ({
    name: FAMILY_TITLES[family],
    look: FAMILIES.indexOf(family),
    points: (live[family]?.heldOut ?? []).flatMap(([step, f1]) => (f1 === null ? [] : [[step, f1] as const])),
  }))
  return (
    <div className="curves">
      <LineChart title="Loss" series={losses} steps={steps} format={value => value.toFixed(2)} />
      <LineChart
        title="Landslide F1, held out"
        series={scores}
        steps={steps}
        range={[0, 1]}
        format={value => value.toFixed(1)}
      />
      <ul className="curve-legend tabular">
        {families.map(family => (
          <li key={family}>
            <LineKey look={FAMILIES.indexOf(family)} />
            <span>{FAMILY_TITLES[family]}</span>
            <span className="curve-f1" title="Latest held-out F1">
              {formatScore(live[family]?.heldOut.at(-1)?.[1])}
            </span>
            <span className="dim" title="Latest loss" data-testid={`loss-${family}`}>
              {live[family]?.losses.at(-1)?.[1].toFixed(3) ?? 'waiting'}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** A round that was paused, or whose tab, worker or device went away: how far it got, resume or discard. */
export function UnfinishedRound({ round }: { round: Unfinished }) {
  const obstacle = useStudioState(resumeObstacle)
  return (
    <div className="unfinished">
      <h3>Round {round.index} is unfinished</h3>
      {round.stopped && <p className="unfinished-reason">{round.stopped}</p>}
      <p className="hint">
        {whereItIs(round)} It resumes with the labels, patches and settings it started with, and gives the
        same weights as without the break.
      </p>
      <div className="button-row">
        <CommandButton command="resume-round" icon="run" look="primary" />
        <CommandButton command="discard-round" icon="remove" look="quiet" />
      </div>
      {obstacle && <p className="hint">{obstacle}</p>}
    </div>
  )
}

/** Which networks are done and how far the next one is, in words. */
export function whereItIs({ config, finished, saved }: Unfinished): string {
  const of = `of ${config.families.length} networks`
  const done =
    finished.length > 0
      ? `${finished.map(({ family }) => FAMILY_TITLES[family]).join(' and ')} done, ${finished.length} ${of}. `
      : ''
  if (saved) {
    const state = saved.step >= config.steps ? 'is trained' : `is at step ${saved.step} of ${config.steps}`
    return `${done}${FAMILY_TITLES[saved.family]} ${state}, saved ${formatTime(saved.at)}.`
  }
  const next = config.families[finished.length]
  if (!next) return `${done}Only the ensemble mean is missing.`
  return `${done}${FAMILY_TITLES[next]} restarts from its first step: nothing was saved.`
}
