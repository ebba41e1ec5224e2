import { pauseRound } from '../actions/startRound'
import type { JobKind } from '../slices/jobSlice'
import type { Studio } from '../studio'

/** Pauses the round that runs, keeping its state, and cancels the other jobs; resolves when none of them runs. */
export async function quietJobs(studio: Studio, kinds: readonly JobKind[]): Promise<void> {
  const { store, jobs } = studio
  const running = () => kinds.some(kind => store.getState().jobs[kind] !== undefined)
  for (const kind of kinds) if (kind !== 'round' && jobs.isRunning(kind)) jobs.cancel(kind)
  if (jobs.isRunning('round')) await pauseRound(studio)
  if (!running()) return
  await new Promise<void>(resolve => {
    const stop = store.subscribe(() => {
      if (running()) return
      stop()
      resolve()
    })
  })
}
