/**
 * A map that forgets what was least recently used once it holds more than `capacity` entries, or more than `budget` as
 * `sizeOf` measures them (bytes); the newest entry stays whatever its size.
 */
export class RecentMap<Value> {
  private readonly entries = new Map<string, Value>()
  private size = 0

  constructor(
    private readonly capacity: number,
    private readonly budget = Number.POSITIVE_INFINITY,
    private readonly sizeOf: (value: Value) => number = () => 0,
  ) {}

  get(key: string): Value | undefined {
    const value = this.entries.get(key)
    if (value === undefined) return undefined
    this.entries.delete(key)
    this.entries.set(key, value)
    return value
  }

  set(key: string, value: Value): void {
    this.delete(key)
    this.entries.set(key, value)
    this.size += this.sizeOf(value)
    for (const oldest of this.entries.keys()) {
      if (oldest === key || (this.entries.size <= this.capacity && this.size <= this.budget)) break
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const value = this.entries.get(key)
    if (value === undefined) return
    this.size -= this.sizeOf(value)
    this.entries.delete(key)
  }

  /** Forgets every key that begins so. */
  deleteUnder(prefix: string): void {
    for (const key of [...this.entries.keys()]) if (key.startsWith(prefix)) this.delete(key)
  }

  clear(): void {
    this.entries.clear()
    this.size = 0
  }
}
