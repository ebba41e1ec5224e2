import { RecentMap } from '../../core/foundation/recentMap'

/** Something to be loaded: what it is of, and which version of it. */
export interface Wanted {
  place: string
  version: string
}

interface Loading {
  abort: AbortController
}

/**
 * Loads what is in sight: the most urgent first, a few at a time; what left the sight is given up. Values are kept within
 * a budget, and of each place the last version stays until the next is there.
 */
export class SightLoader<Item extends Wanted, Value extends object> {
  private readonly kept: RecentMap<string, Value>
  private readonly latest = new Map<string, string>()
  private readonly loading = new Map<string, Loading>()
  private readonly failed = new Set<string>()
  private wanted: readonly Item[] = []

  constructor(
    private readonly options: {
      load: (item: Item, signal: AbortSignal) => Promise<Value>
      /** What is kept together, in bytes, and what each takes. */
      budget: number
      bytesOf: (value: Value) => number
      /** Loaded side by side. */
      atOnce: number
      onReady: () => void
      onFailed: (thrown: unknown) => void
    },
  ) {
    this.kept = new RecentMap({ budget: options.budget, sizeOf: options.bytesOf })
  }

  /** @param items all that is in sight now, the most urgent first */
  want(items: readonly Item[]): void {
    this.wanted = items
    const keys = new Set(items.map(keyOf))
    for (const [key, { abort }] of this.loading) {
      if (keys.has(key)) continue
      this.loading.delete(key)
      abort.abort()
    }
    this.next()
  }

  get(item: Wanted): Value | undefined {
    return this.kept.get(keyOf(item))
  }

  /** The version that was loaded last, while it is kept. */
  last(place: string): Value | undefined {
    const key = this.latest.get(place)
    return key === undefined ? undefined : this.kept.get(key)
  }

  /** Tries again what failed. */
  retry(): void {
    this.failed.clear()
    this.next()
  }

  destroy(): void {
    this.want([])
    this.kept.clear()
    this.latest.clear()
  }

  private next(): void {
    for (const item of this.wanted) {
      if (this.loading.size >= this.options.atOnce) return
      const key = keyOf(item)
      if (this.loading.has(key) || this.failed.has(key) || this.kept.get(key)) continue
      void this.load(item, key)
    }
  }

  private async load(item: Item, key: string): Promise<void> {
    const own: Loading = { abort: new AbortController() }
    this.loading.set(key, own)
    const { signal } = own.abort
    try {
      const value = await this.options.load(item, signal)
      if (signal.aborted) return
      this.kept.set(key, value)
      this.latest.set(item.place, key)
      this.options.onReady()
    } catch (thrown) {
      if (signal.aborted) return
      this.failed.add(key)
      this.options.onFailed(thrown)
    } finally {
      if (this.loading.get(key) === own) this.loading.delete(key)
    }
    this.next()
  }
}

const keyOf = ({ place, version }: Wanted) => `${place}|${version}`
