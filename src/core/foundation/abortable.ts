import { AppError } from './appError'

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

/** Lets timers, messages and signals be heard before the work goes on. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 0))
}
