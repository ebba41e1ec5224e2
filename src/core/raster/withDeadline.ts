import { AppError } from '../foundation/appError'

/**
 * Runs `work` with a signal that fires when the caller's does or when the time is up; settles at once then, even if
 * `work` never does. Work that neither awaits nor looks at the signal cannot be cut off from within its own thread.
 *
 * @throws AppError `file-too-large` when the time is up.
 */
export async function withDeadline<T>(
  milliseconds: number,
  path: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  let stop: (error: AppError) => void = () => undefined
  const stopped = new Promise<never>((_, reject) => {
    stop = error => {
      controller.abort(error)
      reject(error)
    }
  })
  const onAbort = () => stop(new AppError('aborted', 'Cancelled.'))
  if (signal?.aborted) throw new AppError('aborted', 'Cancelled.')
  signal?.addEventListener('abort', onAbort, { once: true })
  const timer = setTimeout(() => {
    const seconds = milliseconds / 1000
    stop(
      new AppError(
        'file-too-large',
        `"${path}" took more than ${seconds} s to read and was given up; cut it into smaller tiles.`,
      ),
    )
  }, milliseconds)
  try {
    return await Promise.race([work(controller.signal), stopped])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    // Whoever lost the race must not surface later as an unhandled rejection.
    stopped.catch(() => undefined)
  }
}
