import { AppError, causeText, type ErrorCode, toAppError } from '../../core/foundation/appError'
import type { PacedProgress } from '../../core/foundation/job'

/**
 * What the caller sends. `id` is the caller's own count, unique per endpoint. A long list of files among the fields of a
 * request comes before it, in parts.
 */
export type CallerMessage =
  | { type: 'part'; id: number; field: string; entries: unknown[] }
  | { type: 'call'; id: number; method: string; request: unknown }
  | { type: 'abort'; id: number }

/** An AppError in a form that structured cloning keeps whole. */
interface WireError {
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

/** Anything thrown, as code, message and the text of its causes. */
export function toWireError(thrown: unknown): WireError {
  const error = toAppError(thrown)
  return { code: error.code, message: error.message, cause: causeText(error.cause) }
}

/** The AppError that crossed; its cause is an Error holding the text of the original causes. */
export function fromWireError(wire: WireError): AppError {
  const cause = wire.cause === null ? undefined : new Error(wire.cause)
  // Where it was thrown, not where it arrived.
  if (cause) cause.stack = cause.message
  return new AppError(wire.code, wire.message, { cause })
}

export interface CallOptions<Event = never> {
  signal?: AbortSignal
  onProgress?: (progress: PacedProgress) => void
  onEvent?: (event: Event) => void
}

/** How the window talks to a worker: one promise a call, abort by signal, AppError on failure. */
export interface WorkerClient<Api, Event = never> {
  call<M extends keyof Api>(
    method: M,
    request: Api[M] extends { request: infer R } ? R : never,
    options?: CallOptions<Event>,
  ): Promise<Api[M] extends { result: infer R } ? R : never>
  /** Ends the worker; running calls fail with `aborted`, and the next one starts a new worker. */
  restart(): void
  terminate(): void
}
