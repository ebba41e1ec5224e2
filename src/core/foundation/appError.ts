/** The closed set of reasons for which Scarp refuses or stops work. */
export type ErrorCode =
  | 'aborted'
  | 'paused'
  | 'file-unreadable'
  | 'file-unsupported'
  | 'file-malformed'
  | 'file-too-large'
  | 'bands-mismatch'
  | 'scale-unknown'
  | 'shape-mismatch'
  | 'pair-missing'
  | 'model-invalid'
  | 'weights-mismatch'
  | 'gpu-unavailable'
  | 'gpu-limit'
  | 'gpu-lost'
  | 'gpu-failed'
  | 'training-diverged'
  | 'training-impossible'
  | 'storage-full'
  | 'storage-failed'
  | 'export-failed'
  | 'worker-stopped'
  | 'bad-argument'
  | 'internal'

/**
 * The one error type that crosses a layer or a thread.
 *
 * `message` tells a person what happened and what to do next; `cause` keeps what a developer needs.
 */
export class AppError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'AppError'
    this.code = code
  }
}

/** Turns anything thrown into an AppError; an AbortError becomes `aborted`, everything else `fallback`. */
export function toAppError(thrown: unknown, fallback: ErrorCode = 'internal'): AppError {
  if (thrown instanceof AppError) return thrown
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new AppError('aborted', 'Cancelled.', { cause: thrown })
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new AppError(fallback, message, { cause: thrown })
}

/** Throws `aborted` if the signal has fired: call between units of work. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AppError('aborted', 'Cancelled.')
}
