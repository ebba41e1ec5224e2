import { AppError, toAppError } from '../../core/foundation/appError'
import type { Timers } from '../scheduling'
import type { Unsaved } from './slice'

/** What is known of a write besides how to do it. */
export interface WriteOptions {
  /** Names what is written whole ("mask/p1"): a later write of it replaces one that still waits. */
  key?: string
  /** What is written, readable by its key until it is on disk. Counts towards the memory limit. */
  value?: Uint8Array
  /** Memory that the write holds where there is no `value`. */
  bytes?: number
}

export interface WriteListeners {
  /** Writes that are not on disk yet. */
  onPending(pending: number): void
  /** A write that would fail again (a damaged record, a raster of another size) was given up. */
  onRefused(message: string): void
  /** What waits because the disk is full or failing; null: everything is written again. */
  onUnsaved(unsaved: Unsaved | null): void
}

interface Waiting extends WriteOptions {
  write: () => Promise<unknown>
  done: (() => void)[]
}

/** Memory for changes that wait for disk space. Beyond it nothing more may be changed. */
export const UNSAVED_LIMIT_BYTES = 256 * 2 ** 20

/** The least memory that a write is counted with: its closure and a record. */
const LEAST_BYTES = 1024

const FIRST_RETRY_MS = 5_000

const LAST_RETRY_MS = 60_000

/**
 * Runs writes one after another in the order they were pushed, so that a slow early write never overwrites a later one.
 * A write that the disk has no room for stays at the head of the queue, and is tried again at growing intervals and on
 * `retry`: nothing is skipped or written out of order.
 */
export class WriteQueue {
  private readonly waiting: Waiting[] = []
  private running: Waiting | null = null
  private blocked: AppError | null = null
  /** Why writes have to wait; null once none does. */
  private trouble: AppError | null = null
  private halted: string | null = null
  private delay = FIRST_RETRY_MS
  private timer: ReturnType<typeof setTimeout> | undefined
  private idle: { resolve(): void; reject(error: AppError): void }[] = []

  /** @param mayWrite asked before each write; a write that may not be waits, and `halt` is to follow. */
  constructor(
    private readonly listeners: WriteListeners,
    private readonly limitBytes = UNSAVED_LIMIT_BYTES,
    public mayWrite: () => Promise<boolean> = async () => true,
  ) {}

  /** @returns resolves once it is on disk, or was given up since it would fail again; never rejects. */
  push(write: () => Promise<unknown>, options: WriteOptions = {}): Promise<void> {
    return new Promise(resolve => {
      const same =
        options.key && this.waiting.find(other => other.key === options.key && other !== this.running)
      if (same) {
        Object.assign(same, options, { write })
        same.done.push(resolve)
      } else this.waiting.push({ ...options, write, done: [resolve] })
      this.report()
      void this.run()
    })
  }

  /** What waits under this key and is not on disk yet: newer than what a read would give. */
  waitingValue(key: string): Uint8Array | undefined {
    return this.waiting.findLast(entry => entry.key === key)?.value
  }

  /** Resolves when everything asked for so far is written. @throws AppError why it cannot be. */
  settled(): Promise<void> {
    if (this.waiting.length === 0) return Promise.resolve()
    if (this.halted !== null) return Promise.reject(new AppError('aborted', this.halted))
    if (this.blocked) return Promise.reject(this.blocked)
    return new Promise((resolve, reject) => this.idle.push({ resolve, reject }))
  }

  /** Tries again now. @returns whether all is written. */
  async retry(): Promise<boolean> {
    if (this.halted) return false
    clearTimeout(this.timer)
    this.blocked = null
    this.delay = FIRST_RETRY_MS
    this.report(true)
    void this.run()
    return this.settled().then(
      () => true,
      () => false,
    )
  }

  /** Writes nothing from now on, since another tab has the project. What waits stays in memory. */
  halt(reason: string): void {
    this.halted = reason
    clearTimeout(this.timer)
    this.report()
    for (const { reject } of this.idle.splice(0)) reject(new AppError('aborted', reason))
  }

  /** Runs what waits in its order and keeps it in the queue, so that a caller can record what it would write. */
  async rehearse(): Promise<void> {
    clearTimeout(this.timer)
    const held = this.running
    const waiting = [...this.waiting]
    this.running = waiting[0] ?? null
    try {
      for (const { write } of waiting) await write()
    } finally {
      this.running = held
    }
    if (this.blocked) this.wait()
  }

  /** Drops what waits and starts again: records were read from disk again, or the project was replaced. */
  restart(): void {
    clearTimeout(this.timer)
    for (const { done } of this.waiting.splice(0)) for (const resolve of done) resolve()
    this.halted = null
    this.blocked = null
    this.running = null
    this.delay = FIRST_RETRY_MS
    this.report()
    for (const { resolve } of this.idle.splice(0)) resolve()
  }

  private async run(): Promise<void> {
    if (this.running || this.blocked || this.halted) return
    for (let head = this.waiting[0]; head && !this.halted; head = this.waiting[0]) {
      this.running = head
      try {
        if (!(await this.mayWrite())) {
          if (this.waiting[0] === head) this.running = null
          return
        }
        await head.write()
      } catch (thrown) {
        if (this.waiting[0] !== head) return // restarted meanwhile
        const error = toAppError(thrown, 'storage-failed')
        if (mayPass(error)) {
          this.running = null
          this.block(error)
          return
        }
        this.listeners.onRefused(error.message)
      }
      if (this.waiting[0] !== head) return
      this.waiting.shift()
      this.running = null
      this.delay = FIRST_RETRY_MS
      for (const resolve of head.done) resolve()
      this.report()
    }
    if (this.waiting.length === 0) for (const { resolve } of this.idle.splice(0)) resolve()
  }

  private block(error: AppError): void {
    this.blocked = error
    this.trouble = error
    this.report()
    for (const { reject } of this.idle.splice(0)) reject(error)
    this.wait()
    this.delay = Math.min(LAST_RETRY_MS, this.delay * 2)
  }

  private wait(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.blocked = null
      void this.run()
    }, this.delay)
  }

  private report(retrying = false): void {
    const changes = this.waiting.length
    this.listeners.onPending(changes)
    if (changes === 0) {
      this.trouble = null
      this.listeners.onUnsaved(null)
    } else if (this.trouble || this.halted) {
      const bytes = this.waiting.reduce((sum, entry) => sum + bytesOf(entry), 0)
      this.listeners.onUnsaved({
        changes,
        bytes,
        full: this.halted === null && this.trouble?.code === 'storage-full',
        message: this.halted ?? this.trouble?.message ?? '',
        retrying,
        exceeded: bytes > this.limitBytes,
      })
    }
  }
}

function bytesOf({ value, bytes }: WriteOptions): number {
  return Math.max(LEAST_BYTES, value?.byteLength ?? bytes ?? 0)
}

/** Space may be freed and a browser's storage may recover; a wrong record stays wrong. */
function mayPass(error: AppError): boolean {
  if (error.code === 'storage-full') return true
  return error.code === 'storage-failed' && error.cause instanceof DOMException
}

const TIMER = 'pending writes'

const PAUSE_MS = 100

/**
 * Passes a count on at once where it leaves zero or reaches it, otherwise at most once a pause, the latest one last: a
 * queue of thousands reports each entry, and every report redraws what shows the count.
 */
export function pacedCount(timers: Timers, show: (count: number) => void): (count: number) => void {
  let shown = 0
  let latest = 0
  let waiting = false
  const showLatest = () => {
    timers.stop(TIMER)
    waiting = false
    shown = latest
    show(latest)
  }
  return count => {
    latest = count
    if (count === 0 || shown === 0) showLatest()
    else if (!waiting) {
      waiting = true
      timers.start(TIMER, PAUSE_MS, showLatest)
    }
  }
}
