import { type PacedProgress, type Progress, paceProgress } from '../../core/foundation/progress'

/** Milliseconds between two messages: about five a second. */
const INTERVAL = 200

export interface ProgressStream {
  report(progress: Progress): void
  /** Sends what is still held back; call before the job's result, so that the last report always arrives. */
  flush(): void
}

/**
 * Paces and thins a job's progress: the first report and each that comes after the interval go out at once, the
 * newest of those between goes out when the interval ends. A count that falls back begins a new phase, whose rate
 * and ETA start anew.
 *
 * @param now a clock in milliseconds (`performance.now`).
 */
export function progressStream(now: () => number, send: (progress: PacedProgress) => void): ProgressStream {
  let held: PacedProgress | null = null
  let lastSent = Number.NEGATIVE_INFINITY
  let lastDone = 0
  let timer: ReturnType<typeof setTimeout> | null = null

  const flush = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (!held) return
    const progress = held
    held = null
    lastSent = now()
    send(progress)
  }
  const accept = (progress: PacedProgress) => {
    held = progress
    const wait = lastSent + INTERVAL - now()
    if (wait <= 0) flush()
    else timer ??= setTimeout(flush, wait)
  }
  let pace = paceProgress(now, accept)

  return {
    report(progress) {
      if (progress.done < lastDone) pace = paceProgress(now, accept)
      lastDone = progress.done
      pace(progress)
    },
    flush,
  }
}
