import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../core/foundation/appError'
import type { BackendName } from '../../core/rounds/engineInfo'
import { type LoadedModels, withModels } from '../loadedModels'
import type { CommandIo } from '../node/commandIo'
import { writeJson } from '../node/nodeFiles'
import { withOutFolder } from '../node/outFolder'
import { isPidInUse } from '../node/processLock'
import { peakMemory } from '../node/reporting'
import { RUN_RECORD } from '../node/runRecord'
import { thisWorker } from '../node/thisWorker'
import { withEvent } from '../openEvent'
import { predictEvent } from '../predictRasters'
import { inputChecker } from './checkInput'
import {
  choicesOf,
  DONE,
  type Done,
  fileHash,
  flush,
  flushFolder,
  modelsFolder,
  PLACES,
  type Run,
  type RunInput,
  readDone,
} from './manifest'
import { type RunStatistics, readRunStatistics } from './statistics'
import { workThrough } from './workThrough'

/** Lies beside `done.json`: what differs from one worker to the next, which no hash counts. */
export const EFFORT = 'effort.json'

/** `effort.json` */
export interface Effort {
  worker: string
  backend: string
  adapter: string
  seconds: number
  /** Bytes. */
  peakMemory: number
}

/**
 * Predicts the inputs of a shard by the statistics of the event. The result of an input appears whole, under its name, or not
 * at all: two workers at one input do no harm, and a killed one loses what it had begun, or continues it where the scheduler
 * starts the same task again.
 *
 * @returns the exit code: 0 done, 75 try again, 42 some inputs failed for good
 * @throws AppError `bad-argument` where the models are others than planned, or the statistics are missing
 */
export async function predictShard(
  run: Run,
  shard: number,
  backend: BackendName | 'auto',
  io: CommandIo,
): Promise<number> {
  const statistics = await readRunStatistics(run)
  return withModels(modelsFolder(run), backend, io, async loaded => {
    refuseOtherModels(run, loaded)
    const check = inputChecker(run, io)
    return workThrough(run, shard, 'prediction', io, {
      isDone: async input => (await readDone(run, input.name))?.statistics === statistics.hash,
      async work(input) {
        await check(input)
        await predictInput(run, input, statistics, loaded, io)
      },
    })
  })
}

function refuseOtherModels(run: Run, { models }: LoadedModels): void {
  const now = new Map(models.map(({ id, manifest }) => [id, manifest.weights.sha256]))
  const { ids } = run.manifest.models
  const same = ids.every(({ id, sha256 }) => now.get(id) === sha256)
  if (same && now.size === ids.length) return
  throw new AppError('bad-argument', `The models in "${modelsFolder(run)}" are not those of the plan.`)
}

async function predictInput(
  run: Run,
  input: RunInput,
  { statistics, hash }: RunStatistics & { hash: string },
  loaded: LoadedModels,
  io: CommandIo,
): Promise<void> {
  const since = io.now()
  const results = join(run.folder, PLACES.results)
  const { name: worker } = thisWorker()
  const folder = join(results, `${input.name}.${worker}.part`)
  await mkdir(results, { recursive: true })
  await takeOverDead(results, input.name, folder)
  const { settings } = run.manifest
  const place = {
    path: folder,
    command: 'scarp predict --run',
    fingerprint: `${run.hash} ${input.name} ${hash}`,
    force: false,
    resume: null,
  }
  const report = await withOutFolder(place, io, out =>
    withEvent(input.sources, choicesOf(run.manifest), loaded.means, io, event =>
      predictEvent(
        loaded,
        event,
        {
          ...settings,
          ...{ given: null, own: statistics, submission: false, mosaic: false, vectors: true },
          shardTime: input.sensed ?? new Date(0).toISOString(),
          since,
        },
        out,
        io,
      ),
    ),
  )
  if (report.outputs.length === 0) {
    const [refusal] = report.refused
    await rm(folder, { recursive: true, force: true })
    throw new AppError(refusal?.code ?? 'file-unsupported', refusal?.message ?? 'Nothing was predicted.')
  }
  await rm(join(folder, RUN_RECORD), { force: true })
  // What differs from one worker to the next is no part of the result.
  const { seconds: _, peakMemory: __, backend, adapter, ...facts } = report
  await writeJson(join(folder, 'report.json'), facts)
  const outputs: Done['outputs'] = []
  for (const file of (await readdir(folder)).sort())
    outputs.push({ file, ...(await fileHash(join(folder, file))) })
  const refused = report.refused.map(({ path, code, message }) => ({ path, code, message }))
  const done: Done = { manifest: run.hash, input: input.name, statistics: hash, outputs, refused }
  const effort: Effort = {
    worker,
    backend,
    adapter,
    seconds: (io.now() - since) / 1000,
    peakMemory: peakMemory(),
  }
  await writeFile(join(folder, EFFORT), `${JSON.stringify(effort)}\n`)
  await writeFile(join(folder, DONE), `${JSON.stringify(done, null, 1)}\n`)
  await flushFolder(folder)
  await publish(run, input, folder, hash)
  await flush(results)
}

/** Gives a result its name; where another worker was first, its result stays: it is the same. */
async function publish(run: Run, input: RunInput, folder: string, statistics: string): Promise<void> {
  const place = join(run.folder, PLACES.results, input.name)
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await rename(folder, place)
      return
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
      const there = await readDone(run, input.name)
      if (there?.statistics === statistics) {
        await rm(folder, { recursive: true, force: true })
        return
      }
      // Of another plan or other statistics, or damaged.
      await rm(place, { recursive: true, force: true })
    }
  }
  throw new AppError('storage-failed', `"${place}" cannot be replaced. Check who else writes there.`)
}

/** Work on an input that a worker of this machine left when it died: `folder` continues it. */
async function takeOverDead(results: string, input: string, folder: string): Promise<void> {
  const host = hostname().replace(/[^\w.-]/g, '-')
  for (const name of await readdir(results)) {
    if (!name.startsWith(`${input}.${host}-`) || !name.endsWith('.part')) continue
    const pid = Number(name.slice(`${input}.${host}-`.length, -'.part'.length))
    if (!Number.isInteger(pid) || isPidInUse(pid)) continue
    await rename(join(results, name), folder).catch((error: NodeJS.ErrnoException) => {
      // Another worker was quicker, or one was taken over already.
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code ?? '')) throw error
    })
  }
}
