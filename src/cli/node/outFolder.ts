import { lstat, readdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../core/foundation/appError'
import type { CommandIo } from './commandIo'
import { makeFolder } from './makeFolder'
import { type LockHolder, takeLock } from './processLock'
import { RunRecord } from './runRecord'

export interface OutRequest {
  path: string
  /** "scarp refine" */
  command: string
  /** `--force`: what an earlier run made is removed, and what anybody else put there may be overwritten. */
  force: boolean
  /** How an earlier run of the same command is continued; null: never. */
  resume: 'now' | 'by --resume' | 'by the same command' | null
  /** Whether other commands read what it makes, as the demo's patches. */
  isInput?: boolean
}

const LOCK = '.scarp-lock'

/**
 * The output folder of a command: locked, so that two processes never write to it, and with a record of what the run
 * made, so that a later one replaces that and nothing else. Nothing is overwritten without `--force`.
 */
export class OutFolder {
  private record: RunRecord | null = null

  constructor(
    private readonly request: OutRequest,
    /** That an earlier run left. */
    private readonly earlier: RunRecord | null,
  ) {}

  get path(): string {
    return this.request.path
  }

  get force(): boolean {
    return this.request.force
  }

  /** Whether this run is a part of the one that lies there. */
  get continues(): boolean {
    const { resume, command } = this.request
    return resume === 'now' || (resume === 'by the same command' && this.earlier?.head.command === command)
  }

  /** Whether an earlier run made the file, so that it is no input. */
  made(path: string): boolean {
    return this.earlier?.has(path) ?? false
  }

  /** @throws AppError `bad-argument` where an earlier run lies that is neither continued nor replaced. */
  refuseEarlier(): void {
    const { path, force, resume } = this.request
    if (!this.earlier || this.continues || force) return
    const how =
      resume === 'by --resume' ? '--resume continues it, --force replaces it' : '--force replaces it'
    throw new AppError(
      'bad-argument',
      `"${path}" holds an earlier run of ${this.earlier.head.command}. ${how}; or give another --out.`,
    )
  }

  /**
   * From here on the run writes: what an earlier one made is removed, unless this one continues it.
   *
   * @param names files and folders that the run makes, directly in the folder.
   * @throws AppError `bad-argument` where one of them is there that no run of ours made, without `--force`.
   */
  async begin(names: readonly string[]): Promise<void> {
    const { path, command, isInput = false } = this.request
    if (!this.continues) {
      await this.earlier?.remove()
      await this.refuseForeign(names)
    }
    const head = { version: 1 as const, command, isInput }
    this.record = await RunRecord.start(path, head, this.continues ? this.earlier : null)
  }

  /** @throws AppError `bad-argument` where one of the names is there, without `--force`. An empty folder is no loss. */
  async refuseForeign(names: readonly string[]): Promise<void> {
    const { path, force } = this.request
    if (force || this.continues) return
    const there: string[] = []
    for (const name of names) if (await holdsSomething(join(path, name))) there.push(name)
    if (there.length === 0) return
    const more = there.length > 3 ? ` and ${there.length - 3} more` : ''
    throw new AppError(
      'bad-argument',
      `"${path}" already has ${there.slice(0, 3).join(', ')}${more}. --force overwrites; or give another --out.`,
    )
  }

  close(): void {
    this.record?.close()
  }
}

/**
 * Locks the output folder, which is made if need be, and gives it back at the end.
 *
 * @throws AppError `storage-failed` where another process writes there; `bad-argument` as `OutFolder.refuseEarlier`.
 */
export async function withOutFolder<Result>(
  request: OutRequest,
  io: CommandIo,
  work: (out: OutFolder) => Promise<Result>,
): Promise<Result> {
  const { path, command } = request
  const isNew = (await makeFolder(path)) !== undefined
  const taken = await takeLock(join(path, LOCK), command)
  if ('holder' in taken) throw inUse(path, taken.holder)
  if (taken.from)
    io.note(`Process ${taken.from.pid}, which wrote to "${path}", is gone: its lock is taken over.`)
  const out = new OutFolder(request, await RunRecord.read(path))
  try {
    out.refuseEarlier()
    return await work(out)
  } finally {
    out.close()
    await taken.lock.release()
    // Nothing was written: leave no trace of a command that was refused.
    if (isNew) await rmdir(path).catch(() => {})
  }
}

function inUse(path: string, holder: LockHolder | null): AppError {
  const lock = `delete "${join(path, LOCK)}"`
  if (!holder)
    return new AppError('storage-failed', `"${path}" is locked. If no scarp command runs, ${lock}.`)
  const { pid, host, command, since } = holder
  return new AppError(
    'storage-failed',
    `"${path}" is in use by process ${pid} on ${host} (${command}, since ${since}). Wait for it, or give another ` +
      `--out. If that process is gone, ${lock}.`,
  )
}

/**
 * For a command that writes one file.
 *
 * @throws AppError `bad-argument` where it is there, without `--force`.
 */
export async function refuseExisting(path: string, force: boolean): Promise<void> {
  if (force || !(await holdsSomething(path))) return
  throw new AppError(
    'bad-argument',
    `"${path}" is there already. --force overwrites it; or give another --out.`,
  )
}

async function holdsSomething(path: string): Promise<boolean> {
  const info = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (!info) return false
  return !info.isDirectory() || (await readdir(path)).length > 0
}
