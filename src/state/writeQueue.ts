import { toAppError } from '../core/foundation/appError'

/**
 * Runs writes one after another in the order they were asked for, so that a slow early write never lands on a
 * later one. A failed write is reported and does not stop those behind it.
 */
export class WriteQueue {
  private tail: Promise<void> = Promise.resolve()
  private pending = 0

  constructor(
    private readonly listener: (pending: number) => void,
    private readonly onError: (message: string) => void,
  ) {}

  push(write: () => Promise<unknown>): Promise<void> {
    this.pending++
    this.listener(this.pending)
    this.tail = this.tail.then(async () => {
      try {
        await write()
      } catch (thrown) {
        this.onError(toAppError(thrown, 'storage-failed').message)
      } finally {
        this.pending--
        this.listener(this.pending)
      }
    })
    return this.tail
  }

  /** Resolves when everything asked for so far is written. */
  settled(): Promise<void> {
    return this.tail
  }
}
