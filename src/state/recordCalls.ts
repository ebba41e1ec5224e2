import { CHANGING_CALLS, type StoreCall } from '../storage/archive/storeCall'
import type { ProjectStore } from '../storage/projectStore'

/** A project store that can be opened anew behind those who hold it, and whose writes can be noted instead of done. */
export interface SwitchableStore {
  storage: ProjectStore
  use(store: ProjectStore): void
  /** What `work` would change, in its order; nothing is written. */
  record(work: () => Promise<void>): Promise<StoreCall[]>
}

const CHANGING: ReadonlySet<string | symbol> = new Set(CHANGING_CALLS)

export function switchableStore(store: ProjectStore): SwitchableStore {
  let current = store
  let calls: StoreCall[] | null = null
  const storage = new Proxy(store, {
    get(_target, name) {
      const noted = calls
      if (noted && CHANGING.has(name)) {
        return async (...args: unknown[]) => {
          noted.push({ method: name, args } as StoreCall)
        }
      }
      return Reflect.get(current, name)
    },
    set: (_target, name, value) => Reflect.set(current, name, value),
  })
  return {
    storage,
    use(store) {
      current = store
    },
    async record(work) {
      const noted: StoreCall[] = []
      calls = noted
      try {
        await work()
      } finally {
        calls = null
      }
      return noted
    },
  }
}
