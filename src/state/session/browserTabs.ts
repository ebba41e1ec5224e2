import type { Hold, TabMessage, Tabs } from './tabs'

/**
 * Tabs by Web Locks, which the browser frees when a tab dies, and a BroadcastChannel.
 *
 * @param name of the project: "scarp".
 */
export function browserTabs(name: string): Tabs {
  const id = crypto.randomUUID()
  const lockName = `${name}:project`
  const channel = new BroadcastChannel(`${name}:tabs`)
  let holding = false
  // Held for as long as the tab lives: browsers tell a page no id of its own, but whose lock of a name it is.
  const ownName = `${name}:tab:${id}`
  void navigator.locks.request(ownName, () => new Promise(() => undefined))

  const acquire = (options: { steal: boolean; signal?: AbortSignal }): Promise<Hold> =>
    new Promise((resolve, reject) => {
      let release = () => {}
      const held = new Promise<void>(done => {
        release = done
      })
      let end = () => {}
      const gone = new Promise<void>(done => {
        end = done
      })
      const request: LockOptions = options.steal
        ? { steal: true }
        : options.signal
          ? { signal: options.signal }
          : {}
      navigator.locks
        .request(lockName, request, () => {
          holding = true
          resolve({ release, gone })
          return held
        })
        .catch(reject) // before the turn: withdrawn; after it (then without effect): stolen
        .finally(() => {
          holding = false
          end()
        })
    })

  return {
    id,
    post: message => channel.postMessage(message),
    listen(listener) {
      const hear = ({ data }: MessageEvent) => listener(data as TabMessage)
      channel.addEventListener('message', hear)
      return () => channel.removeEventListener('message', hear)
    },
    acquire,
    async isHolder() {
      if (!holding) return false
      const { held = [] } = await navigator.locks.query()
      const clientOf = (wanted: string) => held.find(lock => lock.name === wanted)?.clientId
      return holding && clientOf(lockName) === clientOf(ownName)
    },
  }
}
