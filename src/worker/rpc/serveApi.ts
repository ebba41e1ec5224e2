import { AppError } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/progress'
import type { CallerMessage, MessageEndpoint, ServerMessage } from './messages'
import { type ContinuedProgress, progressStream } from './progressStream'
import { transfersOf } from './transfer'
import { toWireError } from './wireError'

/** What a handler is given beside its request. */
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
    if (message.type === 'abort') running.get(message.id)?.abort()
    else if (message.type === 'call') void answer(message.id, message.method, message.request)
  })
}
