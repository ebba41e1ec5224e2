import type { Hold, TabMessage, Tabs } from './tabs'

interface Waiting {
  tab: string
  grant(): void
}

/** Tabs in one process: messages and the one lock as a browser gives them, and a way to freeze a tab. */
export function tabHub() {
  const listeners = new Map<string, (message: TabMessage) => void>()
  const frozen = new Set<string>()
  let holder: { tab: string; end(): void } | null = null
  let queue: Waiting[] = []
  const next = () => {
    if (holder) return
    queue.shift()?.grant()
  }
  return {
    freeze: (id: string) => frozen.add(id),
    holder: () => holder?.tab ?? null,
    tab(id: string): Tabs {
      return {
        id,
        post(message) {
          if (frozen.has(id)) return
          for (const [other, listener] of listeners) {
            if (other !== id && !frozen.has(other)) setTimeout(() => listener(message), 0)
          }
        },
        listen(listener) {
          listeners.set(id, listener)
          return () => listeners.delete(id)
        },
        acquire({ steal, signal }) {
          return new Promise<Hold>((resolve, reject) => {
            const grant = () => {
              let end = () => {}
              const gone = new Promise<void>(done => {
                end = done
              })
              const own = { tab: id, end }
              holder = own
              const release = () => {
                if (holder === own) holder = null
                end()
                next()
              }
              resolve({ release, gone })
            }
            if (steal) {
              holder?.end()
              grant()
              return
            }
            const entry = { tab: id, grant }
            queue.push(entry)
            signal?.addEventListener('abort', () => {
              queue = queue.filter(other => other !== entry)
              reject(new DOMException('Withdrawn.', 'AbortError'))
            })
            next()
          })
        },
        isHolder: async () => holder?.tab === id,
      }
    },
  }
}
