import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AppError, type ErrorCode, toAppError } from '../../core/foundation/appError'
import type { CommandIo } from '../node/commandIo'
import { fileError } from '../node/fileError'
import { PLACES, type Run, type RunInput, readFailure, writeFailure } from './manifest'

/** Exit codes of a shard: what a scheduler should do with it. */
export const SHARD_EXIT = {
  done: 0,
  /** Start it again: nothing is wrong with the inputs (sysexits.h: EX_TEMPFAIL). */
  again: 75,
  /** It is done but for inputs that fail however often they are tried; they are in the run's `failures`. */
  failed: 42,
} as const

/** Faults of the machine, not of an input. */
const TEMPORARY: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'aborted',
  'gpu-lost',
  'gpu-failed',
  'gpu-unavailable',
  'storage-full',
  'storage-failed',
  'worker-stopped',
  'file-unreadable',
])

/** An input at which a worker dies so often is given up: it would take every worker with it. */
const MOST_ATTEMPTS = 5

/**
 * Works through the inputs of a shard, one after the other. What is done is left, what failed for good too; an input that
 * fails stops none of the others.
 *
 * @returns one of `SHARD_EXIT`
 */
export async function workThrough(
  run: Run,
  shard: number,
  phase: 'sampling' | 'prediction',
  io: CommandIo,
  { isDone, work }: { isDone(input: RunInput): Promise<boolean>; work(input: RunInput): Promise<void> },
): Promise<number> {
  let failed = 0
  let again: AppError | null = null
  for (const input of run.manifest.inputs) {
    if (input.shard !== shard) continue
    if (io.signal.aborted) return SHARD_EXIT.again
    if (await readFailure(run, input.name)) {
      failed++
      continue
    }
    if (await isDone(input)) continue
    const name = `${phase}-${input.name}`
    try {
      const attempt = await countAttempt(run, name)
      if (attempt > MOST_ATTEMPTS) {
        const message = `It was tried ${MOST_ATTEMPTS} times, and each time the worker died or gave up.`
        await writeFailure(run, { input: input.name, code: 'worker-stopped', message })
        failed++
        continue
      }
      await work(input)
      io.progress.clear()
      io.note(`Done: ${phase} of ${input.name}`)
    } catch (thrown) {
      io.progress.clear()
      const error = fileError(thrown) ?? toAppError(thrown)
      if (error.code === 'aborted') {
        await forgetAttempt(run, name)
        return SHARD_EXIT.again
      }
      io.note(`Failed: ${phase} of ${input.name} (${error.code}): ${error.message}`)
      if (TEMPORARY.has(error.code)) again = error
      else {
        await writeFailure(run, { input: input.name, code: error.code, message: error.message })
        failed++
      }
      // The next would fail the same way.
      if (error.code === 'gpu-lost' || error.code === 'storage-full') return SHARD_EXIT.again
    }
  }
  if (again) return SHARD_EXIT.again
  return failed > 0 ? SHARD_EXIT.failed : SHARD_EXIT.done
}

const STARTED = '.'

/** Of a worker that was asked to stop, and did: a scene that is longer than its job's time is no bad input. */
const STOPPED = '-'

/** Counts a start, so that it is known of a worker that is killed too. @returns how many there were with this one */
async function countAttempt({ folder }: Run, name: string): Promise<number> {
  const path = join(folder, PLACES.attempts, name)
  await mkdir(join(folder, PLACES.attempts), { recursive: true })
  await appendFile(path, STARTED)
  const marks = [...(await readFile(path, 'utf8'))]
  return marks.reduce((sum, mark) => sum + (mark === STOPPED ? -1 : 1), 0)
}

function forgetAttempt({ folder }: Run, name: string): Promise<void> {
  return appendFile(join(folder, PLACES.attempts, name), STOPPED)
}
