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

/** What the interface says of an error that has no message of its own. */
const UNKNOWN: Partial<Record<ErrorCode, string>> = {
  'file-unreadable': 'The file cannot be read. Copy or download it again.',
  'file-malformed': 'The file is damaged. Copy or download it again.',
  'model-invalid': 'The model cannot be used. Fetch it again.',
  'storage-failed': "This browser's storage failed. Reload the page and try again.",
  'export-failed': 'The export failed. Try again.',
  internal: 'Something in Scarp failed. Try again; if it fails again, reload the page.',
}

/** Faults of the program or the browser: what a library said of them helps who mends them, not who reads the message. */
const REPORTED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['storage-failed', 'export-failed', 'internal'])

const LONGEST_CHAIN = 5

/** Name, message and stack of a chain of causes, for a developer; null where there is none. */
export function causeText(cause: unknown): string | null {
  const lines: string[] = []
  let current = cause
  while (current !== undefined && current !== null && lines.length < LONGEST_CHAIN) {
    lines.push(
      current instanceof Error ? (current.stack ?? `${current.name}: ${current.message}`) : String(current),
    )
    current = current instanceof Error ? current.cause : undefined
  }
  return lines.length > 0 ? lines.join('\ncaused by ') : null
}

/** What belongs beside an error's message for a report; undefined where the message says it all. */
export function detailsOf({ code, cause }: AppError): string | undefined {
  return (REPORTED.has(code) && causeText(cause)) || undefined
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
  const withText = sentence && !REPORTED.has(fallback) ? withReason(sentence, thrown) : sentence
  return new AppError(fallback, withText ?? text, { cause: thrown })
}

/** Throws `aborted` if the signal has fired: call between units of work. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AppError('aborted', 'Cancelled.')
}
