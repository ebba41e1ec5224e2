import { useEffect, useRef, useState } from 'react'
import type { JobState } from '../../state/slices/jobSlice'
import { FAMILY_TITLES } from '../../state/slices/roundsSlice'
import { CommandButton } from '../controls/CommandButton'
import { formatBytes } from '../formatBytes'
import { JobProgress } from '../map/JobStrip'
import { useStudioState } from '../studioContext'
import { spokenProgress } from './spokenProgress'

const SAY_EVERY_MS = 30_000

/** The round under way: how far, how fast, what it takes, what of it is safe, and the ways to stop it. */
export function RunningRound({ job }: { job: JobState }) {
  const pausing = useStudioState(state => state.pausing)
  return (
    <div className="stack">
      <JobProgress job={job} waiting={pausing ? 'Pausing after this step…' : undefined} />
      <Spoken job={job} />
      <div className="round-facts dim tabular">
        <Pace />
        <Saved />
      </div>
      <div className="button-row">
        <CommandButton
          command="pause-round"
          icon="pause"
          detail="saves and stops; goes on after a reload too"
        />
        <CommandButton command="cancel" icon="close" look="quiet" />
      </div>
    </div>
  )
}

/** How the round goes, said aloud now and then: as often as a person would ask. */
function Spoken({ job }: { job: JobState }) {
  const live = useStudioState(state => state.live)
  const pausing = useStudioState(state => state.pausing)
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

function Pace() {
  const pace = useStudioState(state => state.pace)
  if (!pace) return null
  const { samplesPerSecond, gpuBytes, tensorBytes } = pace
  const speed = samplesPerSecond >= 10 ? Math.round(samplesPerSecond) : samplesPerSecond.toFixed(1)
  return (
    <span title={`Tensors hold ${formatBytes(tensorBytes)}`}>
      {speed} samples / s · {formatBytes(gpuBytes)} on the GPU
    </span>
  )
}

function Saved() {
  const saved = useStudioState(state => state.saved)
  if (!saved) return <span>Not saved yet</span>
  const at = new Date(saved.at).toLocaleTimeString(undefined, { timeStyle: 'short' })
  return (
    <span>
      {FAMILY_TITLES[saved.family]} saved at step {saved.step}, {at}
    </span>
  )
}
