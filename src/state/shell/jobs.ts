import { type AppError, type ErrorCode, throwIfAborted, toAppError } from '../../core/foundation/appError'
import { type PacedProgress, paceProgress } from '../../core/foundation/job'
import { refuseChange } from '../session/selectors'
import type { StudioStore } from '../studioState'
import { notify, notifyError } from './notices'
import type { InterruptedJob, JobKind, JobState, OfferedWork, Repeatable } from './slice'

const CANCELLED: Readonly<Record<JobKind, string>> = {
  import: 'Import cancelled. What was already imported is kept.',
  scene: 'Adding the scene was cancelled. What was added is kept.',
  predict:
    'Prediction cancelled. Finished patches keep their new probabilities: to continue, choose Not predicted beside Run ensemble.',
  round: 'Round cancelled. Its training was discarded; your verdicts are unchanged.',
  export: 'Export cancelled.',
  model: 'Model import cancelled. Nothing was added.',
  check: 'Check cancelled.',
  archive: 'Cancelled. The project is unchanged.',
  review: 'Cancelled. No verdicts changed.',
  inventory: 'Cancelled. The landslides table is as it was.',
  audit: 'Cancelled. No points were drawn.',
}

/** Jobs that a read-only tab refuses. An archive is refused where it is opened: saving one changes nothing. */
const CHANGES_PROJECT: ReadonlySet<JobKind> = new Set([
  'import',
  'scene',
  'predict',
  'round',
  'model',
  'review',
  'audit',
])

const PAUSED = 'Round paused and saved. Resume it any time, even after a reload.'

/** Failures that may not come again: of the machine, the network or the disk, not of what was asked for. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'file-unreadable',
  'model-invalid',
  'gpu-unavailable',
  'gpu-lost',
  'gpu-failed',
  'storage-full',
  'storage-failed',
  'export-failed',
  'worker-stopped',
  'internal',
])

/** Whether the same may succeed when it is done again. */
export function mayPass(code: ErrorCode): boolean {
  return PASSING.has(code)
}

/** How a job is offered again. */
export interface JobTerms {
  /** Does the whole action again, by the button beside the message of a failure that may pass. */
  again: () => unknown
  /** What it is, for the visit after one that ended in the middle; null: nothing of it needs to be offered there. */
  work: OfferedWork | null
  /** Patches that it works through, for that visit. */
  patchIds?: readonly string[]
}

/** What `run` hands to its work. */
export interface JobOptions {
  signal: AbortSignal
  onProgress: (progress: PacedProgress) => void
}

/** Items between two reports: thousands of them would keep the screen busier than the work. */
const REPORT_EVERY = 16

/** Runs the long jobs of the workers, one of each kind, and lets any of them be cancelled. */
export class JobRunner {
  private readonly controllers = new Map<JobKind, AbortController>()
  private readonly terms = new Map<JobKind, JobTerms>()
  /** How what failed last of each kind is done again. */
  private readonly failed = new Map<Repeatable, () => unknown>()

  /** Called with each job that failed, after the person was notified. */
  onFailure: (kind: JobKind, error: AppError) => void = () => undefined

  /** Called with the jobs that run and would be offered again, before one begins and after one ended. */
  onRunning: (running: readonly InterruptedJob[]) => void = () => undefined

  constructor(
    private readonly store: StudioStore,
    private readonly now: () => Date,
  ) {}

  isRunning(kind: JobKind): boolean {
    return this.controllers.has(kind)
  }

  get running(): InterruptedJob[] {
    return [...this.controllers.keys()].flatMap(kind => {
      const { work = null, patchIds } = this.terms.get(kind) ?? {}
      return work ? [{ work, patchIds }] : []
    })
  }

  /** Does again what failed last of this kind. */
  retry(what: Repeatable): void {
    if (!this.controllers.has(what as JobKind)) void this.failed.get(what)?.()
  }

  /** Says what failed, with a button that does it again where the failure may pass. */
  report(what: Repeatable, error: AppError, again: () => unknown): void {
    this.failed.set(what, again)
    notifyError(this.store, error, undefined, mayPass(error.code) ? what : undefined)
  }

  /**
   * @returns what the work gave, or null if it failed, was cancelled, or one of its kind was running already;
   *   the person has been notified.
   */
  async run<Result>(
    kind: JobKind,
    work: (options: JobOptions) => Promise<Result>,
    terms: JobTerms,
  ): Promise<Result | null> {
    if (this.controllers.has(kind)) return null
    if (CHANGES_PROJECT.has(kind) && refuseChange({ store: this.store })) return null
    const controller = new AbortController()
    this.controllers.set(kind, controller)
    this.terms.set(kind, terms)
    this.onRunning(this.running)
    this.update(kind, { kind, progress: null, cancelling: false })
    let failure: AppError | null = null
    try {
      return await work({
        signal: controller.signal,
        onProgress: progress => {
          const job = this.store.getState().shell.jobs[kind]
          if (job) this.update(kind, { ...job, progress })
        },
      })
    } catch (thrown) {
      const error = toAppError(thrown)
      if (error.code === 'aborted') notify(this.store, 'information', CANCELLED[kind])
      else if (error.code === 'paused') notify(this.store, 'information', PAUSED)
      else {
        this.report(kind, error, terms.again)
        failure = error
      }
      return null
    } finally {
      this.controllers.delete(kind)
      this.onRunning(this.running)
      this.update(kind, undefined)
      if (failure) this.onFailure(kind, failure)
    }
  }

  /**
   * Does the same to one thing after another as a job, reporting how far it is; cancelled between two of them.
   *
   * @returns what came of each, without the nulls; null as `run` gives it.
   */
  workThrough<Item, Result>(
    kind: JobKind,
    label: string,
    items: readonly Item[],
    work: (item: Item) => Promise<Result | null>,
    terms: JobTerms,
  ): Promise<Result[] | null> {
    const workThroughAll = async ({ signal, onProgress }: JobOptions) => {
      const report = paceProgress(() => this.now().getTime(), onProgress)
      const results: Result[] = []
      for (const [index, item] of items.entries()) {
        throwIfAborted(signal)
        const result = await work(item)
        if (result !== null) results.push(result)
        const done = index + 1
        if (done % REPORT_EVERY === 0 || done === items.length) report({ label, done, total: items.length })
      }
      return results
    }
    return this.run(kind, workThroughAll, terms)
  }

  cancel(kind: JobKind): void {
    const job = this.store.getState().shell.jobs[kind]
    if (!job || job.cancelling) return
    this.update(kind, { ...job, cancelling: true })
    this.controllers.get(kind)?.abort()
  }

  private update(kind: JobKind, job: JobState | undefined): void {
    this.store.change(state => {
      const jobs = { ...state.shell.jobs }
      if (job) jobs[kind] = job
      else delete jobs[kind]
      return { shell: { jobs } }
    })
  }
}
