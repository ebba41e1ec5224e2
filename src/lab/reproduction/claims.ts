import { randomUUID } from 'node:crypto'
import { open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { makeFolder } from '../../cli/node/makeFolder'
import { isPidInUse, readIfThere } from '../../cli/node/processLock'
import { z } from '../../core/foundation/schema'

const holderSchema = z.object({
  owner: z.string(),
  host: z.string(),
  pid: z.number(),
  /** ISO 8601, for a reader. */
  since: z.string(),
})

/** Who works on a unit. */
export type Holder = z.output<typeof holderSchema>

/** A unit of work that this process holds. */
export interface Claim {
  /** Fires where another machine has taken it over: stop, and write nothing more. */
  lost: AbortSignal
  release(): Promise<void>
}

export interface ClaimTimes {
  /** Milliseconds between two signs of life. */
  beat: number
  /** Milliseconds without one after which a claim is taken over. */
  stale: number
}

/**
 * Lock files by which processes, also of several machines that share a folder, divide work: made exclusively, rewritten
 * every so often as a sign of life, and taken over where that has stopped for long, or where the process was one of this
 * machine and is gone.
 *
 * Ages are differences of file times, which all come from the machine that serves the folder: clocks need not agree.
 */
export class Claims {
  readonly owner = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`

  constructor(private readonly times: ClaimTimes) {}

  /** Takes the file, or takes it over; null where another process holds it. */
  async take(path: string): Promise<Claim | null> {
    await makeFolder(dirname(path))
    const since = new Date().toISOString()
    const text = JSON.stringify({ owner: this.owner, host: hostname(), pid: process.pid, since })
    if (await createExclusively(path, text)) return this.keep(path, text)
    const found = await readIfThere(path)
    if (found === null || !(await this.isDead(path, found))) return null
    if (!(await this.remove(path, found))) return null
    return (await createExclusively(path, text)) ? this.keep(path, text) : null
  }

  /** Who holds the file and shows signs of life; null where nobody does. */
  async holder(path: string): Promise<Holder | null> {
    const text = await readIfThere(path)
    if (text === null || (await this.isDead(path, text))) return null
    return parseHolder(text) ?? { owner: '', host: 'another machine', pid: 0, since: '' }
  }

  private async isDead(path: string, text: string): Promise<boolean> {
    const holder = parseHolder(text)
    if (holder?.host === hostname() && !isPidInUse(holder.pid)) return true
    const probe = join(dirname(path), `.clock-${this.owner}`)
    try {
      await writeFile(probe, '')
      const [now, last] = await Promise.all([stat(probe), stat(path)])
      return now.mtimeMs - last.mtimeMs > this.times.stale
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    } finally {
      await rm(probe, { force: true })
    }
  }

  /** Removes a dead claim. Of several processes that try, one succeeds; a claim made meanwhile is put back. */
  private async remove(path: string, dead: string): Promise<boolean> {
    const aside = `${path}.${this.owner}`
    try {
      await rename(path, aside)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
    const moved = await readIfThere(aside)
    if (moved !== null && moved !== dead) await createExclusively(path, moved)
    await rm(aside, { force: true })
    return moved === dead
  }

  private keep(path: string, text: string): Claim {
    const lost = new AbortController()
    let beating = Promise.resolve()
    const timer = setInterval(() => {
      beating = beating
        .then(() => beat(path, text))
        .then(
          mine => void (mine || lost.abort()),
          // A folder that is away for a moment: the next beat tries again.
          () => {},
        )
    }, this.times.beat)
    timer.unref()
    return {
      lost: lost.signal,
      async release() {
        clearInterval(timer)
        await beating
        if ((await readIfThere(path)) === text) await rm(path, { force: true })
      },
    }
  }
}

/** Rewrites the claim, which renews its time. @returns whether it is still ours. */
async function beat(path: string, text: string): Promise<boolean> {
  if ((await readIfThere(path)) !== text) return false
  const file = await open(path, 'r+')
  try {
    await file.write(text, 0)
  } finally {
    await file.close()
  }
  return true
}

async function createExclusively(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** null for a claim that is just being written, or is damaged: only its age counts then. */
function parseHolder(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}
