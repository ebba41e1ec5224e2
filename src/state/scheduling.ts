/** Runs work one piece after another, in the order it was asked for; one that fails does not stop those behind it. */
export class Serial {
  private tail: Promise<unknown> = Promise.resolve()

  /** @returns what the work gives. @throws what it throws */
  run<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const result = this.tail.then(work)
    this.tail = result.catch(() => undefined)
    return result
  }
}

/** The timers of one studio by name, so that none outlives it. */
export class Timers {
  private readonly running = new Map<string, { handle: ReturnType<typeof setTimeout>; work: () => void }>()
  private closed = false

  /** Does the work after this time; a timer of the same name that still runs is replaced. */
  start(name: string, milliseconds: number, work: () => void): void {
    this.stop(name)
    if (this.closed) return
    const handle = setTimeout(() => this.finish(name), milliseconds)
    this.running.set(name, { handle, work })
  }

  stop(name: string): void {
    clearTimeout(this.running.get(name)?.handle)
    this.running.delete(name)
  }

  /** Does now what the timer would do later; nothing where none runs. */
  finish(name: string): void {
    const work = this.running.get(name)?.work
    this.stop(name)
    work?.()
  }

  /** Stops all of them; none starts any more. */
  close(): void {
    this.closed = true
    for (const name of [...this.running.keys()]) this.stop(name)
  }
}
