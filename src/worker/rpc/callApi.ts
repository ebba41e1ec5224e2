import { AppError } from '../../core/foundation/appError'
import { cutFiles, sendParts } from './fileParts'
import {
  type CallerMessage,
  type CallOptions,
  fromWireError,
  type MessageEndpoint,
  type ServerMessage,
  type WorkerClient,
} from './messages'

/** A server that can be ended and that says when it broke down: a Worker, or a MessagePort in a test. */
export interface RemoteEndpoint extends MessageEndpoint {
  addEventListener(type: 'message' | 'error' | 'messageerror', listener: (event: MessageEvent) => void): void
  terminate?(): void
  /** MessagePort only: begins delivery. */
  start?(): void
  close?(): void
}

interface Pending {
  resolve(value: unknown): void
  reject(error: AppError): void
  progress: CallOptions['onProgress']
  event: ((event: unknown) => void) | undefined
  /** Stops listening to the caller's signal. */
  detach(): void
}

/** Far longer than a slow machine needs to load a worker: its first message comes as soon as it runs. */
const START_LIMIT_MS = 60_000

/**
 * The caller's side. The server is made on the first call; when it crashes, every running call fails with
 * `worker-stopped` and the next one makes a new server; so it is with one that sends nothing within `startLimit`
 * milliseconds, since a browser tells nobody of a worker that it ends while it loads. After `terminate` every call fails
 * with `aborted`. A request with thousands of files is sent in parts, so that the window answers between them.
 *
 * @param title what the messages call the server: "files worker".
 * @throws (from `call`) AppError with the server's code; `aborted` once the signal fired and the server stopped.
 */
export function callApi<Api, Event = never>(
  title: string,
  make: () => RemoteEndpoint,
  startLimit = START_LIMIT_MS,
): WorkerClient<Api, Event> {
  let remote: RemoteEndpoint | null = null
  let terminated = false
  let nextId = 1
  const pending = new Map<number, Pending>()

  const settle = (id: number): Pending | undefined => {
    const call = pending.get(id)
    pending.delete(id)
    call?.detach()
    return call
  }
  const stop = (reason: (id: number) => AppError) => {
    const stopped = remote
    remote = null
    stopped?.terminate?.()
    stopped?.close?.()
    for (const id of [...pending.keys()]) settle(id)?.reject(reason(id))
  }
  const receive = (message: Exclude<ServerMessage, { type: 'alive' }>) => {
    if (message.type === 'result') settle(message.id)?.resolve(message.value)
    else if (message.type === 'error') settle(message.id)?.reject(fromWireError(message.error))
    else if (message.type === 'progress') pending.get(message.id)?.progress?.(message.progress)
    else pending.get(message.id)?.event?.(message.event)
  }
  const connect = (): RemoteEndpoint => {
    if (remote) return remote
    const made = make()
    const crash = (what: string, cause: unknown) => {
      clearTimeout(watchdog)
      if (remote !== made) return
      stop(
        () =>
          new AppError(
            'worker-stopped',
            `The ${title} stopped (${what}). What was saved is safe: try again.`,
            {
              cause,
            },
          ),
      )
    }
    const watchdog = setTimeout(() => crash('it did not start', null), startLimit)
    made.addEventListener('message', event => {
      clearTimeout(watchdog)
      if (remote !== made) return
      const message = event.data as ServerMessage
      if (message.type === 'alive') void whenDead(message.lock).then(() => crash('it was ended', null))
      else receive(message)
    })
    made.addEventListener('error', event => {
      // Handled here: it is no error of the window, too.
      if (event instanceof Event) event.preventDefault()
      crash(messageOf(event), event)
    })
    made.addEventListener('messageerror', event => crash('a message could not be read', event))
    made.start?.()
    remote = made
    return made
  }

  return {
    call(method, request, options = {}) {
      const { signal, onProgress, onEvent } = options
      return new Promise((resolve, reject) => {
        if (terminated) {
          reject(new AppError('aborted', `The ${title} was closed. Reload the page to continue.`))
          return
        }
        if (signal?.aborted) {
          reject(new AppError('aborted', 'Cancelled.'))
          return
        }
        const id = nextId++
        const unreachable = (cause: unknown) => {
          settle(id)
          reject(new AppError('internal', `The ${title} could not be reached: reload the page.`, { cause }))
        }
        try {
          const endpoint = connect()
          const send = (message: CallerMessage) => endpoint.postMessage(message)
          const { parts, rest } = cutFiles(id, request)
          let isSent = parts.length === 0
          const abort = () => {
            send({ type: 'abort', id })
            // The server has begun nothing that it could stop.
            if (!isSent) settle(id)?.reject(new AppError('aborted', 'Cancelled.'))
          }
          pending.set(id, {
            resolve: resolve as (value: unknown) => void,
            reject,
            progress: onProgress,
            event: onEvent as ((event: unknown) => void) | undefined,
            detach: () => signal?.removeEventListener('abort', abort),
          })
          const last: CallerMessage = { type: 'call', id, method: String(method), request: rest }
          signal?.addEventListener('abort', abort, { once: true })
          if (isSent) send(last)
          else
            void sendParts(parts, send, () => pending.has(id), onProgress)
              .then(isWhole => {
                isSent = isWhole
                if (isWhole) send(last)
              })
              .catch(unreachable)
        } catch (cause) {
          unreachable(cause)
        }
      })
    },
    restart() {
      stop(() => new AppError('aborted', `The ${title} was restarted.`))
    },
    terminate() {
      terminated = true
      stop(() => new AppError('aborted', `The ${title} was closed.`))
    },
  }
}

/** A worker holds this lock while it lives: the browser sends no event when it ends one. */
export async function whenDead(lock: string): Promise<void> {
  await navigator.locks.request(lock, () => undefined)
}

/** Why a worker stopped, from its `error` event. */
export function messageOf(event: unknown): string {
  const message =
    typeof event === 'object' && event !== null && 'message' in event ? event.message : undefined
  return typeof message === 'string' && message !== ''
    ? message
    : 'it could not be loaded or ran out of memory'
}
