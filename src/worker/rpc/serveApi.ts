import { AppError } from '../../core/foundation/appError'
import { type JobContext, type PacedProgress, type Progress, paceProgress } from '../../core/foundation/job'
import { ReceivedParts } from './fileParts'
import { type CallerMessage, type MessageEndpoint, type ServerMessage, toWireError } from './messages'

/** What a handler gets besides its request. */
export interface CallContext<Event> extends Required<Omit<JobContext, 'onProgress'>> {
  onProgress(progress: ContinuedProgress): void
  onEvent(event: Event): void
}

type RequestOf<Entry> = Entry extends { request: infer R } ? R : never

type ResultOf<Entry> = Entry extends { result: infer R } ? R : never

/** One function a method. What it throws reaches the caller as an AppError with its code. */
export type Handlers<Api, Event = never> = {
  [M in keyof Api]: (request: RequestOf<Api[M]>, context: CallContext<Event>) => Promise<ResultOf<Api[M]>>
}

/**
 * Answers calls that arrive at an endpoint. Calls run side by side: a handler that must not overlap another takes
 * care of it itself.
 */
export function serveApi<Api, Event = never>(
  endpoint: MessageEndpoint,
  handlers: Handlers<Api, Event>,
): void {
  const running = new Map<number, AbortController>()
  const received = new ReceivedParts()
  const post = (message: ServerMessage, transfer: Transferable[] = []) =>
    endpoint.postMessage(message, { transfer })

  const answer = async (id: number, method: string, request: unknown) => {
    const abort = new AbortController()
    running.set(id, abort)
    const progress = progressStream(
      () => performance.now(),
      paced => post({ type: 'progress', id, progress: paced }),
    )
    try {
      // The table is typed by method; a message can only name the method, so its type is erased here.
      const table = handlers as Record<
        string,
        (request: unknown, context: CallContext<Event>) => Promise<unknown>
      >
      const handler = Object.hasOwn(table, method) ? table[method] : undefined
      if (!handler)
        throw new AppError('internal', `This worker knows no call named "${method}". Reload the page.`)
      const value = await handler(request, {
        signal: abort.signal,
        onProgress: progress.report,
        onEvent: event => post({ type: 'event', id, event }),
      })
      progress.flush()
      post({ type: 'result', id, value }, transfersOf(value))
    } catch (thrown) {
      progress.flush()
      post({ type: 'error', id, error: toWireError(thrown) })
    } finally {
      running.delete(id)
    }
  }

  endpoint.addEventListener('message', event => {
    const message = event.data as CallerMessage
    if (message.type === 'part') received.add(message)
    else if (message.type === 'call')
      void answer(message.id, message.method, received.complete(message.id, message.request))
    else {
      received.forget(message.id)
      running.get(message.id)?.abort()
    }
  })
}

/** Milliseconds between two messages: about five a second. */
const INTERVAL = 200

/** Progress of a job that continues where another stopped. */
interface ContinuedProgress extends Progress {
  /** Units that were done before: they count in the share, not in the pace. */
  skipped?: number
}

export interface ProgressStream {
  report(progress: ContinuedProgress): void
  /** Sends what is still held back; call before the job's result, so that the last report always arrives. */
  flush(): void
}

/**
 * Paces and thins a job's progress: the first report and each that comes after the interval go out at once, the
 * newest of those between goes out when the interval ends. A count that falls back begins a new phase, whose rate
 * and ETA start over.
 *
 * @param now a clock in milliseconds (`performance.now`).
 */
export function progressStream(now: () => number, send: (progress: PacedProgress) => void): ProgressStream {
  let held: PacedProgress | null = null
  let lastSent = Number.NEGATIVE_INFINITY
  let lastDone = 0
  let timer: ReturnType<typeof setTimeout> | null = null

  const flush = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (!held) return
    const progress = held
    held = null
    lastSent = now()
    send(progress)
  }
  const accept = (progress: PacedProgress) => {
    held = progress
    const wait = lastSent + INTERVAL - now()
    if (wait <= 0) flush()
    else timer ??= setTimeout(flush, wait)
  }
  let skipped = 0
  const whole = (paced: PacedProgress) =>
    accept(skipped > 0 ? { ...paced, done: before, total: paced.total + skipped } : paced)
  let before = 0
  let pace = paceProgress(now, whole)

  return {
    report({ skipped: known = 0, ...progress }) {
      const { label, total } = progress
      const done = Math.max(0, progress.done - known)
      if (progress.done < lastDone) pace = paceProgress(now, whole, done)
      lastDone = progress.done
      skipped = known
      before = progress.done
      pace({ label, done, total: total - skipped })
    },
    flush,
  }
}
/** Results whose buffers move to the caller instead of being copied. */
const transferables = new WeakMap<object, Transferable[]>()

/**
 * Marks buffers of a handler's result to be moved. The worker must not touch them afterwards.
 *
 * @returns the same value, so that a handler can `return transfer(result, [result.rgba.buffer])`.
 */
export function transfer<T extends object>(value: T, buffers: Transferable[]): T {
  transferables.set(value, buffers)
  return value
}

/** What `transfer` marked on this value; empty for anything else. */
function transfersOf(value: unknown): Transferable[] {
  return typeof value === 'object' && value !== null ? (transferables.get(value) ?? []) : []
}

/** Takes a lock that the browser frees when this worker dies, however it dies, and names it to the caller. */
export function announceLife(endpoint: MessageEndpoint): void {
  const lock = `worker:${crypto.randomUUID()}`
  void navigator.locks.request(lock, () => {
    endpoint.postMessage({ type: 'alive', lock } satisfies ServerMessage)
    return new Promise(() => undefined)
  })
}
