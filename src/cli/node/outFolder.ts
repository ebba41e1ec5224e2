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
  /** Of its words and options (`CommandCall.fingerprint`). */
  fingerprint: string
  /** `--force`: what an earlier run made is removed, and what anybody else put there may be overwritten. */
  force: boolean
  /** How an earlier run of the same command is continued; null: never. */
  resume: 'now' | 'by --resume' | 'by the same command' | null
  /** Whether other commands read what it makes, as the demo's patches. */
  isInput?: boolean
}

/** Lies in the folder while a command writes there. */
export const LOCK = '.scarp-lock'

/**
 * The output folder of a command: locked, so that two processes never write to it, and with a record of what the run
 * made, so that a later one replaces that and nothing else. Nothing is overwritten without `--force`, except what the
 * very same command made before it was killed, interrupted or failed.
 */
export class OutFolder {
  private record: RunRecord | null = null
  private goesOn = false

  constructor(
    private readonly request: OutRequest,
    /** That an earlier run left. */
    private readonly earlier: RunRecord | null,
    private readonly io: Pick<CommandIo, 'note'>,
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
    if (this.goesOn || resume === 'now') return true
    return resume === 'by the same command' && this.earlier?.head.command === command
  }

  /** Whether the same command, with the same words and options, lies there and was not done. */
  get repeats(): boolean {
    const { command, fingerprint, force } = this.request
    if (force || !this.earlier || this.earlier.isDone) return false
    return this.earlier.head.command === command && this.earlier.head.fingerprint === fingerprint
  }

  /** Whether the run that lies there came to its end. */
  get isFinished(): boolean {
    return this.earlier?.isDone ?? false
  }

  /** Continues the run that this one repeats, instead of starting it again. */
  goOn(): void {
    this.goesOn = true
  }

  /** Whether an earlier run made the file, so that it is no input. */
  made(path: string): boolean {
    return this.earlier?.has(path) ?? false
  }

  /** @throws AppError `bad-argument` where an earlier run lies that is neither continued nor replaced. */
  refuseEarlier(): void {
    const { path, force, resume } = this.request
    if (!this.earlier || this.continues || this.repeats || force) return
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
    const { path, command, fingerprint, isInput = false } = this.request
    await this.refuseForeign(names)
    if (this.repeats) {
      const how = this.continues ? 'continues' : 'starts again'
      this.io.note(`The same command had not finished in "${path}": it ${how}.`)
    }
    if (!this.continues) await this.earlier?.remove()
    const head = { version: 1 as const, command, isInput, fingerprint }
    this.record = await RunRecord.start(path, head, this.continues ? this.earlier : null)
  }

  /** Says that the results are complete: the same command would from here on not replace them. */
  async setDone(): Promise<void> {
    await this.record?.setDone()
  }

  /**
   * @throws AppError `bad-argument` where one of the names is there, without `--force`. An empty folder is no loss, nor
   *   is what a run made that this one repeats.
   */
  async refuseForeign(names: readonly string[]): Promise<void> {
    const { path, force } = this.request
    if (force || this.continues) return
    const own = (file: string) => this.repeats && this.made(file.replace(/\.part$/, ''))
    const there: string[] = []
    for (const name of names) if (await holdsForeign(join(path, name), own)) there.push(name)
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
  const out = new OutFolder(request, await RunRecord.read(path), io)
  try {
    out.refuseEarlier()
    const result = await work(out)
    await out.setDone()
    return result
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
  if (force || !(await holdsForeign(path, () => false))) return
  throw new AppError(
    'bad-argument',
    `"${path}" is there already. --force overwrites it; or give another --out.`,
  )
}

/** Whether a file that is not `own` lies at the path or below it. */
async function holdsForeign(path: string, own: (file: string) => boolean): Promise<boolean> {
  const info = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (!info?.isDirectory()) return info !== null && !own(path)
  for (const name of await readdir(path)) if (await holdsForeign(join(path, name), own)) return true
  return false
}
