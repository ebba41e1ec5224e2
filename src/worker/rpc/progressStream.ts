import { type PacedProgress, type Progress, paceProgress } from '../../core/foundation/progress'

/** Milliseconds between two messages: about five a second. */
const INTERVAL = 200

/** Progress of a job that goes on from where another stopped. */
export interface ContinuedProgress extends Progress {
  /** Units that were done before: they count in the share, not in the pace. */
  skipped?: number
}

export interface ProgressStream {
  report(progress: ContinuedProgress): void
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
  let skipped = 0
  const whole = (paced: PacedProgress) =>
    accept(skipped > 0 ? { ...paced, done: before, total: paced.total + skipped } : paced)
  let before = 0
  let pace = paceProgress(now, whole)

  return {
    report({ skipped: known = 0, ...progress }) {
      if (progress.done < lastDone) pace = paceProgress(now, whole)
      lastDone = progress.done
      skipped = known
      before = progress.done
      const { label, done, total } = progress
      pace({ label, done: Math.max(0, done - skipped), total: total - skipped })
    },
    flush,
  }
}
