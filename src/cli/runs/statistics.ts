import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import { eventSet, type SetPatch, setStatistics } from '../../core/patches/setStatistics'
import type { BandStatistics } from '../../core/patches/statistics'
import { leftOutOf } from '../../core/review/records'
import { parseManifest } from '../../core/rounds/modelManifest'
import { meansOf } from '../modelStatistics'
import type { CommandIo } from '../node/commandIo'
import { readModelFolders } from '../node/modelFolders'
import { withEvent } from '../openEvent'
import { inputChecker } from './checkInput'
import {
  choicesOf,
  modelsFolder,
  PLACES,
  type Run,
  type RunInput,
  readFailure,
  writeDurably,
} from './manifest'
import { workThrough } from './workThrough'

/** What the statistics of the event need of one input. */
interface InputSamples {
  manifest: string
  patches: SetPatch[]
  scenes: { name: string; samples: SetPatch[] }[]
}

/** `run/statistics.json` */
export interface RunStatistics {
  manifest: string
  statistics: BandStatistics
  /** Names of what they leave out, since it is unlike every other. */
  leftOut: string[]
  /** Inputs that failed, and so are not in them. */
  without: string[]
}

/**
 * Samples the inputs of a shard; those that are sampled already are left. Full statistics are made of all by
 * `mergeStatisticsOfRun`.
 *
 * @returns the exit code: 0 done, 75 try again, 42 some inputs failed for good
 */
export async function sampleShard(run: Run, shard: number, io: CommandIo): Promise<number> {
  const models = await readModelFolders(modelsFolder(run))
  const manifests = models.map(({ id, files }) => {
    return { id, manifest: parseManifest(files['manifest.json'] ?? new Uint8Array()) }
  })
  const means = await meansOf(manifests, io)
  const check = inputChecker(run, io)
  return workThrough(run, shard, 'sampling', io, {
    isDone: async input => (await readSamples(run, input)) !== null,
    async work(input) {
      await check(input)
      const samples = await withEvent(input.sources, choicesOf(run.manifest), means, io, async event => {
        const [refusal] = event.refused
        if (event.set.length === 0) {
          throw new AppError(
            refusal?.code ?? 'file-unsupported',
            refusal?.message ?? 'There is nothing to predict.',
          )
        }
        const patches = event.spool.patches.map(({ name, width, height, georeference, statistics }) => {
          return { name, width, height, georeference, statistics }
        })
        return { patches, scenes: event.scenes.map(({ name, samples }) => ({ name, samples })) }
      })
      const kept: InputSamples = { manifest: run.hash, ...samples }
      await writeDurably(samplesPath(run, input), JSON.stringify(kept))
    },
  })
}

function samplesPath({ folder }: Run, { name }: RunInput): string {
  return join(folder, PLACES.samples, `${name}.json`)
}

async function readSamples(run: Run, input: RunInput): Promise<InputSamples | null> {
  const text = await readFile(samplesPath(run, input), 'utf8').catch(() => null)
  if (text === null) return null
  const samples = JSON.parse(text) as InputSamples
  return samples.manifest === run.hash ? samples : null
}

/**
 * Makes the statistics of the event of what the shards sampled, in the order of the plan: the same whichever shard was done
 * when, and by however many.
 *
 * @throws AppError `bad-argument` where inputs are missing that did not fail
 */
export async function mergeStatisticsOfRun(run: Run, io: CommandIo): Promise<RunStatistics> {
  const all: InputSamples[] = []
  const missing: string[] = []
  const without: string[] = []
  for (const input of run.manifest.inputs) {
    throwIfAborted(io.signal)
    const samples = await readSamples(run, input)
    if (samples) all.push(samples)
    else if (await readFailure(run, input.name)) without.push(input.name)
    else missing.push(`${input.name} (shard ${input.shard})`)
  }
  if (missing.length > 0) {
    throw new AppError(
      'bad-argument',
      `${plural(missing.length, 'input')} not sampled yet: ${missing.slice(0, 5).join(', ')}. ` +
        `Run scarp statistics --run ${run.folder} --shard <i> for them first.`,
    )
  }
  if (all.length === 0)
    throw new AppError('bad-argument', 'Every input of the run failed: see its folder "failures".')
  const set = eventSet(
    all.flatMap(({ patches }) => patches),
    all.flatMap(({ scenes }) => scenes),
  )
  const merged: RunStatistics = {
    manifest: run.hash,
    statistics: setStatistics(set),
    leftOut: leftOutOf(set),
    without,
  }
  await writeDurably(join(run.folder, PLACES.statistics), `${JSON.stringify(merged, null, 1)}\n`)
  return merged
}

/**
 * The statistics of the event, with their SHA-256 (hex).
 *
 * @throws AppError `bad-argument` where they were not merged yet
 */
export async function readRunStatistics(run: Run): Promise<RunStatistics & { hash: string }> {
  const path = join(run.folder, PLACES.statistics)
  const bytes = await readFile(path).catch(() => null)
  const found = bytes && (JSON.parse(bytes.toString('utf8')) as RunStatistics)
  if (!bytes || found?.manifest !== run.hash) {
    throw new AppError(
      'bad-argument',
      `The statistics of the event are missing: scarp statistics --run ${run.folder} --shard <i>, then --merge.`,
    )
  }
  return { ...found, hash: createHash('sha256').update(bytes).digest('hex') }
}
