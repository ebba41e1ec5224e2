import { toAppError } from '../../core/foundation/appError'
import { pauseRound } from '../rounds/runRound'
import { Serial } from '../scheduling'
import { closeDialog, openDialog } from '../shell/actions'
import { notify, notifyError } from '../shell/notices'
import type { JobKind } from '../shell/slice'
import type { Studio } from '../studio'
import { reloadProject, reopenProject } from './openProject'
import { saveAll } from './saveAll'
import { aloneSession, type SessionEffect, type SessionEvent, type SessionTimer, step } from './sessionModel'
import type { Hold, Session, Tabs } from './tabs'
import { watchChanges } from './watchChanges'

export interface SessionTimes {
  /** How long a tab waits at its start for the lock or for a message from the tab that has it. */
  joinMs: number
  /** How long the other tab has to answer a request. */
  answerMs: number
  /** How long it then has to begin the hand-over before the project is taken from it. */
  forceMs: number
  /** How long a hand-over may take: a round saves its state first. */
  handOverMs: number
}

export const SESSION_TIMES: SessionTimes = {
  joinMs: 1500,
  answerMs: 15_000,
  forceMs: 5_000,
  handOverMs: 90_000,
}

/** Gives the tab that asked the lock before those that only wait. */
const HEAD_START_MS = 300

/**
 * Joins the tabs of this project: the first one has it, the others follow what it does, read-only, until it closes or
 * hands over. Resolves as soon as it is known which; call it before `openProject`.
 */
export async function joinSession(studio: Studio, tabs: Tabs, times = SESSION_TIMES): Promise<Session> {
  const session = new TabSession(studio, tabs, times)
  studio.session = session
  await session.decided
  return session
}

/** Passes events to `step` and performs the effects that it returns. It decides nothing itself. */
class TabSession implements Session {
  /** Resolves when it is known whether this tab has the project. */
  readonly decided: Promise<void>
  private decide = () => {}
  private model
  private hold: Hold | null = null
  /** Ends the wait in the queue for the lock. */
  private place: AbortController | null = null
  /** Reads the project again, one read after another: an older one must not overwrite a newer one. */
  private readonly reading = new Serial()
  private readonly ends: (() => void)[]

  constructor(
    private readonly studio: Studio,
    private readonly tabs: Tabs,
    private readonly times: SessionTimes,
  ) {
    this.model = aloneSession(tabs.id)
    this.decided = new Promise(resolve => {
      this.decide = resolve
    })
    studio.writes.mayWrite = async () => {
      if (await tabs.isHolder()) return true
      this.lose()
      return false
    }
    this.ends = [
      tabs.listen(message => {
        const { phase, unsaved } = studio.store.getState().session
        this.take({
          kind: 'heard',
          message,
          at: this.now(),
          ready: phase === 'ready',
          unsaved: unsaved !== null,
        })
      }),
      watchChanges(studio, patchIds => this.take({ kind: 'changed', patchIds })),
    ]
    this.take({ kind: 'join' })
  }

  ask(): void {
    this.take({ kind: 'ask', at: this.now() })
  }

  withdraw(): void {
    this.take({ kind: 'withdraw' })
  }

  takeAnyway(): void {
    this.take({ kind: 'take-anyway' })
  }

  answer(allow: boolean): void {
    this.take({ kind: 'answer', allow })
  }

  replaced(): void {
    this.take({ kind: 'replaced' })
  }

  leave(): void {
    this.take({ kind: 'leave' })
    for (const end of this.ends.splice(0)) end()
    this.studio.session = null
  }

  private now(): number {
    return this.studio.now().getTime()
  }

  private take(event: SessionEvent): void {
    const { model, effects } = step(this.model, event)
    this.model = model
    for (const effect of effects) this.perform(effect)
    if (model.stage !== 'joining') this.decide()
  }

  private perform(effect: SessionEffect): void {
    const { studio, tabs } = this
    const { store, writes, timers } = studio
    switch (effect.do) {
      case 'show': {
        const { do: _, ...shown } = effect
        store.change({ session: shown })
        break
      }
      case 'open-question':
        openDialog(studio, 'take-over')
        break
      case 'close-question':
        closeDialog(studio, 'take-over')
        break
      case 'close-dialogs':
        closeDialog(studio)
        break
      case 'notify':
        notify(store, effect.tone, effect.message)
        break
      case 'post':
        tabs.post(effect.message)
        break
      case 'queue':
        this.place = new AbortController()
        this.acquire({ steal: false, signal: this.place.signal })
        break
      case 'leave-queue':
        this.place?.abort()
        break
      case 'steal':
        this.acquire({ steal: true })
        break
      case 'release':
        this.hold?.release()
        this.hold = null
        break
      case 'start-timer':
        timers.start(nameOf(effect.timer), this.lengthOf(effect.timer), () =>
          this.take({ kind: 'timed-out', timer: effect.timer }),
        )
        break
      case 'stop-timer':
        timers.stop(nameOf(effect.timer))
        break
      case 'stop-jobs':
        stopJobs(studio).catch(this.fail)
        break
      case 'save-all':
        this.saveAll().then(
          () => this.take({ kind: 'all-saved', turn: effect.turn }),
          (thrown: unknown) =>
            this.take({ kind: 'not-saved', turn: effect.turn, message: toAppError(thrown).message }),
        )
        break
      case 'reload':
        this.reading.run(() => reloadProject(studio, effect.patchIds)).catch(this.fail)
        break
      case 'read-project':
        this.reading
          .run(() => reloadProject(studio, 'all'))
          .catch(this.fail)
          .finally(() => this.take({ kind: 'project-read', turn: effect.turn }))
        break
      case 'reopen':
        this.reading.run(() => reopenProject(studio, false)).catch(this.fail)
        break
      case 'restart-writes':
        writes.restart()
        break
      case 'halt-writes':
        writes.halt(effect.reason)
        break
    }
  }

  private acquire(options: Parameters<Tabs['acquire']>[0]): void {
    this.tabs.acquire(options).then(
      granted => {
        this.hold = granted
        void granted.gone.then(() => {
          if (this.hold === granted) this.lose()
        })
        this.take({ kind: 'granted', ready: this.studio.store.getState().session.phase === 'ready' })
      },
      (thrown: unknown) => {
        if (thrown instanceof Error && thrown.name === 'AbortError') return
        this.take({ kind: 'refused', message: toAppError(thrown).message })
      },
    )
  }

  private lose(): void {
    if (!this.hold) return
    this.hold = null
    this.take({ kind: 'lost', pendingWrites: this.studio.store.getState().session.pendingWrites })
  }

  /** @throws AppError what keeps a change from the disk */
  private async saveAll(): Promise<void> {
    const { studio } = this
    await stopJobs(studio)
    await saveAll(studio)
  }

  private lengthOf(timer: SessionTimer): number {
    const { joinMs, answerMs, forceMs, handOverMs } = this.times
    const lengths: Record<SessionTimer, number> = {
      join: joinMs,
      answer: answerMs,
      force: forceMs,
      'hand-over': handOverMs,
      'head-start': HEAD_START_MS,
    }
    return lengths[timer]
  }

  private readonly fail = (thrown: unknown) => notifyError(this.studio.store, thrown)
}

const nameOf = (timer: SessionTimer) => `session ${timer}`

const JOBS: readonly JobKind[] = ['import', 'scene', 'predict', 'round', 'model', 'archive', 'review']

/** Pauses the round that runs, keeping its state, and cancels the other jobs; resolves when none of them runs. */
async function stopJobs(studio: Studio): Promise<void> {
  const { store, jobs } = studio
  const running = () => JOBS.some(kind => store.getState().shell.jobs[kind] !== undefined)
  for (const kind of JOBS) if (kind !== 'round' && jobs.isRunning(kind)) jobs.cancel(kind)
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
