import type { ErrorCode } from '../../core/foundation/appError'
import type { PacedProgress } from '../../core/foundation/progress'

/** What the caller sends. `id` is the caller's own count, unique per endpoint. */
export type CallerMessage =
  | { type: 'call'; id: number; method: string; request: unknown }
  | { type: 'abort'; id: number }

/** An AppError in a form that structured cloning keeps whole. */
export interface WireError {
  code: ErrorCode
  message: string
  /** Name, message and stack of the cause chain, for a developer; null where there was none. */
  cause: string | null
}

/** What the server sends. Every call ends with exactly one `result` or `error`. */
export type ServerMessage =
  | { type: 'result'; id: number; value: unknown }
  | { type: 'error'; id: number; error: WireError }
  | { type: 'progress'; id: number; progress: PacedProgress }
  | { type: 'event'; id: number; event: unknown }
  /** Once, at the start: the Web Lock that the worker holds until it dies. */
  | { type: 'alive'; lock: string }

/** The part of MessagePort, Worker and a worker's global scope that calls need. */
export interface MessageEndpoint {
  postMessage(message: unknown, options?: { transfer?: Transferable[] }): void
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void
}
