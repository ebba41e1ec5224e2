import { abortable } from '../../core/foundation/abortable'
import { throwIfAborted } from '../../core/foundation/appError'

/** Runs jobs one after the other: two networks at work would fight for one GPU. */
export interface JobQueue {
  /** @throws AppError `aborted` if the signal fires before the job's turn; the job itself handles it afterwards. */
  run<T>(signal: AbortSignal | undefined, job: () => Promise<T>): Promise<T>
}

export function createJobQueue(): JobQueue {
  let last: Promise<unknown> = Promise.resolve()
  return {
    async run(signal, job) {
      const previous = last
      let release = () => {}
      last = new Promise<void>(resolve => {
        release = resolve
      })
      const turn = previous.then(() => undefined)
      try {
        await abortable(turn, signal)
        throwIfAborted(signal)
      } catch (thrown) {
        // Gave up waiting: whoever comes next still waits for the job before this one.
        void turn.then(release)
        throw thrown
      }
      try {
        return await job()
      } finally {
        release()
      }
    },
  }
}
