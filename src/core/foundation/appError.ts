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

/** What a person is told of an error in reading that nothing here has words for. */
const UNKNOWN: Partial<Record<ErrorCode, string>> = {
  'file-unreadable': 'The file cannot be read. Copy or download it again.',
  'file-malformed': 'The file is damaged. Copy or download it again.',
  'model-invalid': 'The model cannot be used. Fetch it again.',
}

/**
 * A sentence with the text that a library or the system gave behind it, in brackets: for a report, not to be understood.
 * "It is damaged. Copy it again (Offset is outside the bounds of the DataView)."
 */
export function withReason(sentence: string, thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  const reason = text.trim().split('\n')[0]!.replace(/\.$/, '').slice(0, MOST_REASON)
  return reason === '' ? sentence : `${sentence.replace(/\.$/, '')} (${reason}).`
}

const MOST_REASON = 200

/** Turns anything thrown into an AppError; an AbortError becomes `aborted`, everything else `fallback`. */
export function toAppError(thrown: unknown, fallback: ErrorCode = 'internal'): AppError {
  if (thrown instanceof AppError) return thrown
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new AppError('aborted', 'Cancelled.', { cause: thrown })
  }
  const sentence = UNKNOWN[fallback]
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return new AppError(fallback, sentence ? withReason(sentence, thrown) : text, { cause: thrown })
}

/** Throws `aborted` if the signal has fired: call between units of work. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AppError('aborted', 'Cancelled.')
}
