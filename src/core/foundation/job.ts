import { AppError } from './appError'

/** How far a job is. The job reports `done` of `total`; whoever listens holds the clock. */
export interface Progress {
  /** What is happening, for a person: "Training SegFormer, step 12 of 40". */
  label: string
  /** Units of work finished, in the job's own unit. */
  done: number
  total: number
}

/** Progress with the pace that a clock adds (`paceProgress`). */
export interface PacedProgress extends Progress {
  /** Units per second since the first ones were done, before that since the job began; 0 before anything was done. */
  rate: number
  /** Seconds to go at that rate; null while unknown. */
  etaSeconds: number | null
}

/** What every long job takes: a way to stop it and a way to hear from it. */
export interface JobContext {
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/**
 * Adds rate and ETA to a job's progress. What came before the first units says nothing of the pace once there are others: a
 * training's first step waits for its shaders.
 *
 * @param now a clock in milliseconds, handed in since `core` holds none.
 * @param from units done by the moment of this call, which say nothing of the pace
 */
export function paceProgress(
  now: () => number,
  listener: (progress: PacedProgress) => void,
  from = 0,
): (progress: Progress) => void {
  let begin = { at: now(), done: from }
  let first: typeof begin | null = null
  let last = begin
  return progress => {
    const here = { at: now(), done: progress.done }
    // Another phase, which counts from its own beginning.
    if (here.done < last.done) [begin, first] = [{ at: last.at, done: 0 }, null]
    last = here
    if (!first && here.done > begin.done) first = here
    const since = first && here.done > first.done ? first : begin
    const seconds = (here.at - since.at) / 1000
    const rate = seconds > 0 ? Math.max(0, here.done - since.done) / seconds : 0
    const etaSeconds = rate > 0 ? Math.max(0, progress.total - progress.done) / rate : null
    listener({ ...progress, rate, etaSeconds })
  }
}

/**
 * Waits for a promise, or throws `aborted` the moment the signal fires. The promise itself is not stopped: whoever
 * made it must see to its own tidying.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const stop = () => reject(new AppError('aborted', 'Cancelled.'))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** Lets timers, messages and signals be heard before the work continues. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 0))
}
