import type { AppError } from '../../core/foundation/appError'
import { engineFailed, startEngine } from '../models/predict'
import { canChange } from '../session/selectors'
import { notify } from '../shell/notices'
import type { JobKind } from '../shell/slice'
import type { Studio } from '../studio'
import { resumeRound } from './runRound'
import { resumeObstacle } from './selectors'

export interface RecoveryLimits {
  /** Before the first attempt; doubled with each further one. */
  delayMs: number
  /** Attempts within `withinMs`. */
  most: number
  withinMs: number
}

const LIMITS: RecoveryLimits = { delayMs: 2_000, most: 3, withinMs: 600_000 }

/**
 * Restarts the engine when its device was lost or its worker stopped, and resumes the round from its last saved state:
 * a few times, then it is left to the person.
 */
export function watchEngine(studio: Studio, limits = LIMITS): void {
  const { store, jobs } = studio
  let attempts: number[] = []
  const recover = async (kind: JobKind) => {
    const now = studio.now().getTime()
    attempts = attempts.filter(at => now - at < limits.withinMs)
    if (attempts.length >= limits.most) {
      notify(
        store,
        'error',
        `The engine stopped ${limits.most + 1} times in a short time and was not restarted. Close other programs that use ` +
          'the GPU or choose a smaller batch, then press "Try again" in the engine badge or "Resume round".',
      )
      return
    }
    const delay = limits.delayMs * 2 ** attempts.length
    attempts.push(now)
    await new Promise<void>(resolve => studio.timers.start('engine', delay, resolve))
    // A person was quicker.
    if (store.getState().shell.jobs.round || store.getState().shell.jobs.predict) return
    await startEngine(studio)
    const state = store.getState()
    if (state.models.engine.status !== 'ready') {
      await recover(kind)
      return
    }
    if (kind !== 'round' || !state.rounds.unfinished) {
      notify(
        store,
        'information',
        'The engine is running again; finished work is kept.',
        kind === 'predict' ? kind : undefined,
      )
      return
    }
    if (!canChange(state) || resumeObstacle(state) !== null) return
    notify(
      store,
      'information',
      `The engine is running again: round ${state.rounds.unfinished.index} continues from its last saved step.`,
    )
    await resumeRound(studio)
  }
  jobs.onFailure = (kind: JobKind, error: AppError) => {
    if (error.code !== 'gpu-lost' && error.code !== 'worker-stopped') return
    if (kind !== 'round' && kind !== 'predict' && kind !== 'check') return
    engineFailed(studio, error)
    void recover(kind)
  }
}
