import { tabLock } from '../../storage/projects'

/** Messages between the tabs of one project. `from` and `to` are ids of tabs. */
export type TabMessage = { from: string } & (
  | { kind: 'hello' }
  /** Sent by the tab that has the project: in reply to a hello, and after a hand-over. */
  | { kind: 'here' }
  /** `force`: hand over without asking the user, since nobody answered. */
  | { kind: 'ask'; force: boolean }
  | { kind: 'withdrawn' }
  | { kind: 'handing-over'; to: string }
  | { kind: 'handed-over'; to: string }
  | { kind: 'denied'; to: string; reason: string }
  /** Records changed on disk, and the rasters of these patches. */
  | { kind: 'changed'; patchIds: string[] }
  /** The project was replaced by another one: open it again. */
  | { kind: 'replaced' }
)

/** The right to change the project, while this tab has it. */
export interface Hold {
  release(): void
  /** Resolves when the right is gone: given back, or taken by another tab. */
  gone: Promise<void>
}

/** The tabs of one project on this machine: one of them holds it, and all receive each other's messages. */
export interface Tabs {
  /** This tab's. */
  readonly id: string
  post(message: TabMessage): void
  /** @returns stops listening */
  listen(listener: (message: TabMessage) => void): () => void
  /**
   * Waits for its turn, or takes the project from the tab that has it.
   * @throws AbortError where the signal fires before the turn came.
   */
  acquire(options: { steal: boolean; signal?: AbortSignal }): Promise<Hold>
  /** Asks the browser: a tab that was frozen may have lost the project and not know it yet. */
  isHolder(): Promise<boolean>
}

/**
 * Tabs by Web Locks, which the browser releases when a tab dies, and a BroadcastChannel.
 *
 * @param name id of the project: tabs of different projects do not meet
 */
export function browserTabs(name: string): Tabs {
  const id = crypto.randomUUID()
  const lockName = `${name}:project`
  const channel = new BroadcastChannel(`${name}:tabs`)
  // Of a hold that is taken from this tab by itself, the end may be heard after the beginning of the next one.
  let holder: Promise<void> | null = null
  // Held for as long as the tab lives: its holder's client id is this tab's, which browsers reveal in no other way.
  const ownName = tabLock(name, id)
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
          holder = held
          resolve({ release, gone })
          return held
        })
        .catch(reject) // before the turn: aborted; after it, when this has no effect: stolen
        .finally(() => {
          if (holder === held) holder = null
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
      if (!holder) return false
      const { held = [] } = await navigator.locks.query()
      const clientOf = (wanted: string) => held.find(lock => lock.name === wanted)?.clientId
      return holder !== null && clientOf(lockName) === clientOf(ownName)
    },
  }
}

/** One tab among those that have the project open. */
export interface Session {
  ask(): void
  withdraw(): void
  /** Where nobody answered: the other tab hands over if it still runs, else the project is taken from it. */
  takeAnyway(): void
  answer(allow: boolean): void
  /** Tells the other tabs that another project replaced this one. */
  replaced(): void
  leave(): void
}
