import type { MessageEndpoint, ServerMessage } from './messages'

/** Takes a lock that the browser frees when this worker dies, however it dies, and names it to the caller. */
export function announceLife(endpoint: MessageEndpoint): void {
  const lock = `worker:${crypto.randomUUID()}`
  void navigator.locks.request(lock, () => {
    endpoint.postMessage({ type: 'alive', lock } satisfies ServerMessage)
    return new Promise(() => undefined)
  })
}
