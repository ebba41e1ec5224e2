import type { StoreApi } from 'zustand/vanilla'
import { type AppError, toAppError } from '../../core/foundation/appError'
import type { PacedProgress } from '../../core/foundation/job'
import { changeObstacle } from '../session/selectors'
import type { StudioState } from '../studioState'
import type { JobKind, JobState, Notice } from './slice'

const CANCELLED: Readonly<Record<JobKind, string>> = {
  import: 'Import cancelled. What was read before stays.',
  predict: 'Prediction cancelled. Patches done before keep their new probabilities.',
  round: 'Round cancelled. Nothing of it was kept; your verdicts are untouched.',
  export: 'Export cancelled.',
  model: 'Import of the model cancelled. Nothing of it was kept.',
  check: 'Check cancelled.',
  archive: 'Archive cancelled. The project is as it was.',
  review: 'Cancelled. No verdict was changed.',
}

/** Jobs that a read-only tab refuses. An archive is refused where it is opened: saving one changes nothing. */
const CHANGES_PROJECT: ReadonlySet<JobKind> = new Set(['import', 'predict', 'round', 'model', 'review'])

const PAUSED = 'Round paused and saved: resume it whenever you like, after a reload too.'

/** Runs the long jobs of the workers, one of each kind, and lets any of them be cancelled. */
export class JobRunner {
  private readonly controllers = new Map<JobKind, AbortController>()

  /** Told of each job that failed, after the person. */
  onFailure: (kind: JobKind, error: AppError) => void = () => undefined

  constructor(private readonly store: StoreApi<StudioState>) {}

  isRunning(kind: JobKind): boolean {
    return this.controllers.has(kind)
  }

  /**
   * @returns what the work gave, or null if it failed, was cancelled, or one of its kind was running already;
   *   the person has been told.
   */
  async run<Result>(
    kind: JobKind,
    work: (options: {
      signal: AbortSignal
      onProgress: (progress: PacedProgress) => void
    }) => Promise<Result>,
  ): Promise<Result | null> {
    if (this.controllers.has(kind)) return null
    const obstacle = CHANGES_PROJECT.has(kind) ? changeObstacle(this.store.getState()) : null
    if (obstacle !== null) {
      notify(this.store, 'error', obstacle)
      return null
    }
    const controller = new AbortController()
    this.controllers.set(kind, controller)
    this.update(kind, { kind, progress: null, cancelling: false })
    let failure: AppError | null = null
    try {
      return await work({
        signal: controller.signal,
        onProgress: progress => {
          const job = this.store.getState().jobs[kind]
          if (job) this.update(kind, { ...job, progress })
        },
      })
    } catch (thrown) {
      const error = toAppError(thrown)
      if (error.code === 'aborted') notify(this.store, 'information', CANCELLED[kind])
      else if (error.code === 'paused') notify(this.store, 'information', PAUSED)
      else {
        notify(this.store, 'error', error.message)
        failure = error
      }
      return null
    } finally {
      this.controllers.delete(kind)
      this.update(kind, undefined)
      if (failure) this.onFailure(kind, failure)
    }
  }

  cancel(kind: JobKind): void {
    const job = this.store.getState().jobs[kind]
    if (!job || job.cancelling) return
    this.update(kind, { ...job, cancelling: true })
    this.controllers.get(kind)?.abort()
  }

  private update(kind: JobKind, job: JobState | undefined): void {
    this.store.setState(state => {
      const jobs = { ...state.jobs }
      if (job) jobs[kind] = job
      else delete jobs[kind]
      return { jobs }
    })
  }
}

const KEPT = 4

let count = 0

/** Shows a message until it is dismissed (errors) or for a while (information, see `Notices`). */
export function notify(store: StoreApi<StudioState>, tone: Notice['tone'], message: string): void {
  count++
  const notice: Notice = { id: `notice-${count}`, tone, message }
  store.setState(state => ({
    notices: [...state.notices.filter(other => other.message !== message), notice].slice(-KEPT),
  }))
}

export function dismissNotice(store: StoreApi<StudioState>, id: string): void {
  store.setState(state => ({ notices: state.notices.filter(notice => notice.id !== id) }))
}
