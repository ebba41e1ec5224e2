import { appendFile, readFile, realpath, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize, relative, resolve, sep } from 'node:path'
import { z } from '../../core/foundation/schema'
import { makeFolder } from './makeFolder'

/**
 * Lies in the output folder of every run: what the run is, then each file that it made, and at the end that it is done,
 * a line of JSON each.
 */
export const RUN_RECORD = '.scarp-run'

const headSchema = z.object({
  version: z.literal(1),
  /** "scarp refine" */
  command: z.string(),
  /** Whether other commands read what it made, as the demo's patches. */
  isInput: z.boolean(),
  /** Of the command's words and options (`CommandCall.fingerprint`); runs of earlier versions have none. */
  fingerprint: z.string().optional(),
})

/** The last line of a run that was neither killed nor interrupted, and that did not fail. */
const doneSchema = z.object({ done: z.literal(true) })

export type RunHead = z.output<typeof headSchema>

/** Records that are being written, by the absolute path of their folder. */
const open = new Map<string, RunRecord>()

/**
 * What a run made in its output folder, so that a later run replaces that and nothing else. A file is noted before it is
 * written, and so a killed run has noted all of them.
 */
export class RunRecord {
  private constructor(
    readonly folder: string,
    readonly head: RunHead,
    private readonly files: Set<string>,
    private done = false,
  ) {}

  /** The record in a folder; null where there is none, or what lies there is not one. */
  static async read(folder: string): Promise<RunRecord | null> {
    const text = await readFile(join(folder, RUN_RECORD), 'utf8').catch(() => null)
    if (text === null) return null
    const [first = '', ...lines] = text.split('\n')
    const head = headSchema.safeParse(parsed(first))
    if (!head.success) return null
    const values = lines.map(parsed)
    const done = values.some(value => doneSchema.safeParse(value).success)
    return new RunRecord(resolve(folder), head.data, new Set(values.filter(isPathInside)), done)
  }

  /** Starts the record of a run, or continues the given one. Files are noted in it from here on, until `close`. */
  static async start(folder: string, head: RunHead, earlier: RunRecord | null): Promise<RunRecord> {
    const record = new RunRecord(resolve(folder), head, new Set(earlier?.files))
    const lines = [head, ...record.files].map(line => `${JSON.stringify(line)}\n`)
    const path = join(folder, RUN_RECORD)
    await makeFolder(folder)
    // Whole, since the process before may have been killed within a line.
    await writeFile(`${path}.part`, lines.join(''))
    await rename(`${path}.part`, path)
    open.set(record.folder, record)
    return record
  }

  close(): void {
    open.delete(this.folder)
  }

  get isDone(): boolean {
    return this.done
  }

  async setDone(): Promise<void> {
    if (this.done) return
    this.done = true
    await appendFile(join(this.folder, RUN_RECORD), `${JSON.stringify({ done: true })}\n`)
  }

  get size(): number {
    return this.files.size
  }

  /** Whether the run made the file. */
  has(path: string): boolean {
    return this.files.has(relative(this.folder, resolve(path)))
  }

  async note(path: string): Promise<void> {
    const name = relative(this.folder, path)
    if (this.files.has(name)) return
    this.files.add(name)
    await appendFile(join(this.folder, RUN_RECORD), `${JSON.stringify(name)}\n`)
  }

  /**
   * Removes what the run made, all of it or below a path, and the folders that are empty then. What anybody else put
   * beside it stays.
   */
  async remove(below: string = this.folder): Promise<void> {
    const inside = relative(this.folder, resolve(below))
    const root = await realpath(this.folder)
    const folders = new Set<string>()
    for (const name of this.files) {
      if (inside !== '' && name !== inside && !name.startsWith(inside + sep)) continue
      const path = join(this.folder, name)
      // A folder that is a link now leads to what is not the run's.
      const place = await realpath(dirname(path)).catch(() => null)
      if (place !== join(root, dirname(name))) continue
      await rm(path, { force: true })
      await rm(`${path}.part`, { force: true })
      for (let folder = dirname(name); folder !== '.'; folder = dirname(folder)) folders.add(folder)
    }
    for (const folder of [...folders].sort((a, b) => b.length - a.length)) {
      await rmdir(join(this.folder, folder)).catch((error: NodeJS.ErrnoException) => {
        if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(error.code ?? '')) throw error
      })
    }
  }
}

/** Notes a file that is about to be written in the record of the run that it belongs to, if any. */
export async function noteFile(path: string): Promise<void> {
  await recordOf(path)?.note(resolve(path))
}

/** Removes what this process's run made at or below a path. */
export async function removeOwn(...paths: string[]): Promise<void> {
  for (const path of paths) await recordOf(path)?.remove(path)
}

function recordOf(path: string): RunRecord | undefined {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const record = open.get(folder)
    if (record || folder === dirname(folder)) return record
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/** The record lies in a folder that may come from anybody. */
function isPathInside(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    name !== '' &&
    name === normalize(name) &&
    !isAbsolute(name) &&
    name !== '.' &&
    name.split(sep)[0] !== '..'
  )
}
