import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { z } from '../../core/foundation/schema'
import { thisWorker } from './thisWorker'

const holderSchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  /** When the process began, as the system counts it: a later process may have the same id. null: unknown here. */
  began: z.string().nullable(),
  command: z.string(),
  /** Of a scheduler, that the process is; absent: of none. */
  task: z.string().optional(),
  /** ISO 8601, for a reader. */
  since: z.string(),
})

/** The process that holds a lock. */
export type LockHolder = z.output<typeof holderSchema>

export interface Lock {
  release(): Promise<void>
}

/**
 * Takes a lock file, complete from its first moment. The lock of a process of this machine that is gone is taken over.
 *
 * @returns the lock and the dead process it was taken from, or who holds it.
 */
export async function takeLock(
  path: string,
  command: string,
): Promise<{ lock: Lock; from: LockHolder | null } | { holder: LockHolder | null }> {
  const { pid } = process
  const since = new Date().toISOString()
  const worker = thisWorker()
  const task = worker.isTask ? worker.name : undefined
  const own = `${JSON.stringify({ pid, host: hostname(), began: await beganAt(pid), command, task, since })}\n`
  let from: LockHolder | null = null
  // Another process may take the lock, or give it back, between any two of these steps.
  for (let attempt = 0; attempt < 10; attempt++) {
    if (await createWhole(path, own)) return { lock: { release: () => releaseLock(path, own) }, from }
    const found = await readIfThere(path)
    if (found === null) continue
    const holder = parseHolder(found)
    if (!holder || (await isRunning(holder, task))) return { holder }
    if (await removeDead(path, found)) from = holder
  }
  return { holder: parseHolder((await readIfThere(path)) ?? '') }
}

/** Who holds a lock and is running, or may be, on another machine; null where nobody is. */
export async function lockHolder(path: string): Promise<LockHolder | 'unknown' | null> {
  const text = await readIfThere(path)
  if (text === null) return null
  const holder = parseHolder(text)
  if (!holder) return 'unknown'
  return (await isRunning(holder)) ? holder : null
}

/**
 * Whether the process runs; one of another machine is taken to, but for the earlier try of the very task that this process is: a
 * scheduler starts a task again when it is sure that the earlier one is gone.
 */
async function isRunning({ pid, host, began, task }: LockHolder, ownTask?: string): Promise<boolean> {
  if (host !== hostname()) return task === undefined || task !== ownTask
  if (!isPidInUse(pid)) return false
  const found = await beganAt(pid)
  return began === null || found === null || found === began
}

export function isPidInUse(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Another user's process runs, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Clock ticks from the start of the machine to that of the process (proc(5), field 22); "ended" for one that was killed
 * and that its parent has not asked after; null where there is no /proc.
 */
async function beganAt(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  // The second field is the program's name, in brackets, and may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields?.[0] === 'Z' ? 'ended' : (fields?.[19] ?? null)
}

async function createWhole(path: string, text: string): Promise<boolean> {
  const aside = asideOf(path)
  try {
    await writeFile(aside, text, { mode: 0o600 })
    try {
      await link(aside, path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') return false
      // A file system without hard links: exclusive all the same, though not complete at once.
      await writeFile(path, text, { flag: 'wx', mode: 0o600 })
    }
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(aside, { force: true })
  }
}

/** Removes a dead lock. Of several processes that try, one succeeds; a lock made meanwhile is put back. */
async function removeDead(path: string, dead: string): Promise<boolean> {
  const aside = asideOf(path)
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
  const moved = await readIfThere(aside)
  if (moved !== null && moved !== dead) await createWhole(path, moved)
  await rm(aside, { force: true })
  return moved === dead
}

async function releaseLock(path: string, own: string): Promise<void> {
  if ((await readIfThere(path)) === own) await rm(path, { force: true })
}

/** A text file; null where there is none. */
export async function readIfThere(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
}

/** null for a lock that is being written, or is damaged. */
function parseHolder(text: string): LockHolder | null {
  try {
    return holderSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

const asideOf = (path: string) => `${path}.${randomUUID().slice(0, 8)}`
