export interface RecentMapOptions<Key, Value> {
  /** Entries that are kept; any number by default. */
  capacity?: number
  /** What all entries may measure together, in `sizeOf`'s unit; anything by default. */
  budget?: number
  /** What an entry measures: bytes. The same for as long as it is kept. */
  sizeOf?: (value: Value) => number
  /** Entries that are never evicted. */
  isPinned?: (key: Key) => boolean
}

/**
 * The one bounded cache: a map that forgets what was least recently used once it holds more than its capacity or its
 * budget. The newest entry stays whatever its size.
 */
export class RecentMap<Key extends string | number, Value> {
  private readonly entries = new Map<Key, Value>()
  private readonly capacity: number
  private readonly budget: number
  private readonly sizeOf: (value: Value) => number
  private readonly isPinned: (key: Key) => boolean
  private held = 0
  private newest: Key | undefined

  constructor(options: RecentMapOptions<Key, Value>) {
    this.capacity = options.capacity ?? Number.POSITIVE_INFINITY
    this.budget = options.budget ?? Number.POSITIVE_INFINITY
    this.sizeOf = options.sizeOf ?? (() => 0)
    this.isPinned = options.isPinned ?? (() => false)
  }

  /** What the entries measure together. */
  get size(): number {
    return this.held
  }

  get(key: Key): Value | undefined {
    const value = this.entries.get(key)
    if (value === undefined) return undefined
    this.entries.delete(key)
    this.entries.set(key, value)
    this.newest = key
    return value
  }

  set(key: Key, value: Value): void {
    this.delete(key)
    this.entries.set(key, value)
    this.newest = key
    this.held += this.sizeOf(value)
    this.shrink()
  }

  delete(key: Key): void {
    const value = this.entries.get(key)
    if (value === undefined) return
    this.held -= this.sizeOf(value)
    this.entries.delete(key)
  }

  /** Forgets every key with this prefix. */
  deleteUnder(prefix: string): void {
    for (const key of [...this.entries.keys()]) if (String(key).startsWith(prefix)) this.delete(key)
  }

  clear(): void {
    this.entries.clear()
    this.held = 0
  }

  /** Forgets what is too much, the least recently used first; needed by itself only where an entry is pinned no more. */
  shrink(): void {
    for (const key of this.entries.keys()) {
      if (this.entries.size <= this.capacity && this.held <= this.budget) return
      if (key !== this.newest && !this.isPinned(key)) this.delete(key)
    }
  }
}
