import { AppError, toAppError } from '../../core/foundation/appError'
import type { Unsaved } from './slice'

/** What is known of a write besides how to do it. */
export interface WriteOptions {
  /** Names what is written whole ("mask/p1"): a later write of it takes the place of one that still waits. */
  key?: string
  /** What is written, readable by its key until it is on disk. Counts against the memory. */
  value?: Uint8Array
  /** Memory that the write holds where there is no `value`. */
  bytes?: number
}

export interface WriteListeners {
  /** Writes that are not on disk yet. */
  onPending(pending: number): void
  /** A write that no retry can help (a damaged record, a raster of another size) was given up. */
  onRefused(message: string): void
  /** What waits because the disk takes no more; null: all is written again. */
  onUnsaved(unsaved: Unsaved | null): void
}

interface Waiting extends WriteOptions {
  write: () => Promise<unknown>
  done: (() => void)[]
}

/** Memory for changes that wait for room. Beyond it nothing more may be changed. */
export const UNSAVED_LIMIT_BYTES = 256 * 2 ** 20

/** What a write is taken to hold at least: its closure and a record. */
const LEAST_BYTES = 1024

const FIRST_RETRY_MS = 5_000

const LAST_RETRY_MS = 60_000

/**
 * Runs writes one after another in the order they were asked for, so that a slow early write never lands on a later
 * one. A write that the disk has no room for stays at the head with all behind it, and is tried again by itself, at
 * longer and longer intervals, and on `retry`: nothing is skipped, nothing is written out of order.
 */
export class WriteQueue {
  private readonly waiting: Waiting[] = []
  private running: Waiting | null = null
  private blocked: AppError | null = null
  /** Why writes had to wait, until none does any more. */
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

  /** @returns resolves once it is on disk, or was given up as no retry could help; never rejects. */
  push(write: () => Promise<unknown>, options: WriteOptions = {}): Promise<void> {
    return new Promise(resolve => {
      const same =
        options.key && this.waiting.find(other => other.key === options.key && other !== this.running)
      if (same) {
        Object.assign(same, options, { write })
        same.done.push(resolve)
      } else this.waiting.push({ ...options, write, done: [resolve] })
      this.tell()
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
    this.tell(true)
    void this.run()
    return this.settled().then(
      () => true,
      () => false,
    )
  }

  /** Writes nothing from now on: another tab has the project. What waits stays in memory. */
  halt(reason: string): void {
    this.halted = reason
    clearTimeout(this.timer)
    this.tell()
    for (const { reject } of this.idle.splice(0)) reject(new AppError('aborted', reason))
  }

  /** Runs what waits in its order without taking it off: for whoever notes what it would write. */
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

  /** Begins anew with nothing that waits: records were read from disk again, or the project was replaced. */
  restart(): void {
    clearTimeout(this.timer)
    for (const { done } of this.waiting.splice(0)) for (const resolve of done) resolve()
    this.halted = null
    this.blocked = null
    this.trouble = null
    this.running = null
    this.delay = FIRST_RETRY_MS
    this.tell()
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
        if (this.waiting[0] !== head) return // begun anew meanwhile
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
      this.tell()
    }
    if (this.waiting.length === 0) for (const { resolve } of this.idle.splice(0)) resolve()
  }

  private block(error: AppError): void {
    this.blocked = error
    this.trouble = error
    this.tell()
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

  private tell(retrying = false): void {
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

/** Room may come back and a browser's storage may recover; a record that is wrong stays wrong. */
function mayPass(error: AppError): boolean {
  if (error.code === 'storage-full') return true
  return error.code === 'storage-failed' && error.cause instanceof DOMException
}
const PAUSE_MS = 100

/**
 * Hands a count on at once where it leaves zero or reaches it, otherwise at most once a pause, the latest one last: a
 * queue of thousands tells of each entry, and whoever shows the count redraws for each.
 */
export function pacedCount(show: (count: number) => void, pauseMs = PAUSE_MS): (count: number) => void {
  let shown = 0
  let latest = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const showLatest = () => {
    clearTimeout(timer)
    timer = undefined
    shown = latest
    show(latest)
  }
  return count => {
    latest = count
    if (count === 0 || shown === 0) showLatest()
    else timer ??= setTimeout(showLatest, pauseMs)
  }
}
