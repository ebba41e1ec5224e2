import { Button } from 'react-aria-components'
import { commandById } from '../../state/commandList'
import { closeRoundOffer } from '../../state/rounds/runRound'
import { parentOf, roundInUse } from '../../state/rounds/selectors'
import type { JobState } from '../../state/shell/slice'
import { CommandButton } from '../controls/CommandButton'
import { useStudio, useStudioState } from '../studioContext'
import { whereItIs } from './RunningRound'
import { roundLine, timeLeft } from './roundText'

/** The round in the top bar, wherever the Rounds panel is scrolled or hidden: how far it is, or what it ended with. */
export function RoundStatus() {
  const job = useStudioState(state => state.shell.jobs.round)
  const unfinished = useStudioState(state => state.rounds.unfinished)
  const round = useStudioState(roundInUse)
  const rounds = useStudioState(state => state.rounds.list)
  const threshold = useStudioState(state => state.review.threshold)
  if (job) return <RunningStatus job={job} />
  if (unfinished) return <StatusButton text={`Round ${unfinished.index} unfinished`} look="unfinished" />
  if (!round) return null
  const { f1, change } = roundLine(round, parentOf(rounds, round), threshold)
  const detail = [`F1 ${f1}`, change].filter(Boolean).join(' ')
  return <StatusButton text={`Round ${round.index}`} detail={detail} look="done" />
}

function RunningStatus({ job }: { job: JobState }) {
  const pausing = useStudioState(state => state.rounds.pausing)
  const { progress } = job
  const share = progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0
  const text = job.cancelling ? 'Cancelling…' : pausing ? 'Pausing…' : (progress?.label ?? 'Starting round')
  return <StatusButton text={text} detail={timeLeft(progress) ?? ''} look="running" share={share} />
}

interface StatusButtonProps {
  text: string
  detail?: string
  look: 'running' | 'unfinished' | 'done'
  /** Of a running round what is done, 0..1. */
  share?: number
}

/** Goes to the Rounds panel. */
function StatusButton({ text, detail = '', look, share }: StatusButtonProps) {
  const studio = useStudio()
  return (
    <Button
      className={`round-status round-status-${look}`}
      aria-label={`Show rounds: ${[text, detail].filter(Boolean).join(', ')}`}
      onPress={() => void commandById('show-rounds').run(studio)}
    >
      <span className="round-status-text tabular">
        <span className="round-status-name">{text}</span>
        {detail && <span className="dim">{detail}</span>}
      </span>
      {share !== undefined && (
        <span className="meter" aria-hidden="true">
          <span className="meter-fill" style={{ transform: `scaleX(${share})` }} />
        </span>
      )}
    </Button>
  )
}

/** Offers the unfinished round in a line of its own: below the fold of a panel nobody would find it. */
export function RoundOffer() {
  const studio = useStudio()
  const unfinished = useStudioState(state => state.rounds.unfinished)
  const offered = useStudioState(
    ({ rounds, shell }) => rounds.unfinished !== null && !rounds.offerClosed && !shell.jobs.round,
  )
  if (!offered || !unfinished) return null
  return (
    <section className="strip round-offer" aria-label="Unfinished round">
      <p role="status">
        <strong>Round {unfinished.index} is unfinished.</strong> {whereItIs(unfinished)}
      </p>
      <CommandButton command="resume-round" icon="run" look="primary" />
      <CommandButton command="discard-round" look="quiet" />
      <Button className="button button-quiet" onPress={() => closeRoundOffer(studio)}>
        Later
      </Button>
    </section>
  )
}
