import { AppError } from '../../core/foundation/appError'
import { z } from '../../core/foundation/schema'
import { BAND_COUNT } from '../../core/patches/bands'
import { readNamedFile } from '../node/nodeFiles'
import type { RunInput, RunManifest } from './manifest'
import type { PlannedRun } from './plan'
import { type NetworkMemory, windowRowBytes, workerMemory } from './workerMemory'

/** What an input, or many, are likely to cost. */
export interface Cost {
  megapixels: number
  /** Of a network over 256 x 256 pixels at its scale. */
  passes: number
  /** Of its files; each phase reads them, and checks their hashes, which reads them once more. */
  bytesRead: number
  /** Of its results, at most: as if nothing were compressed. */
  bytesWritten: number
  /** On disk besides while it is predicted, at most: rows and windows in the run's folder, patches and unpacked zips in TMPDIR. */
  bytesScratch: number
  /** Likely peak of a worker, bytes; null: it could not be counted. Of several inputs that of the largest, like their scratch. */
  memory: number | null
  /** Seconds of one worker that predicts; null: no rate was given. */
  seconds: number | null
}

/** `run/estimate.json`, beside the plan and no part of it. */
export interface RunEstimate {
  basedOn: string
  total: Cost
  /** Of the shard that takes longest: with as many workers as shards, the run takes as long. */
  longestShard: Cost
  /** Most that a worker took of memory in the run that the rate is of, bytes; null: no rate was given. */
  measuredMemory: number | null
  /** By their numbers. */
  shards: (Cost & { inputs: number })[]
  inputs: (Cost & { name: string; shard: number })[]
}

/** What `merged/throughput.json` of an earlier run says of it. */
const rateSchema = z.object({
  models: z.array(z.string()),
  backends: z.array(z.string()),
  passesAnHour: z.number().positive().nullable(),
  peakMemory: z.number().nonnegative(),
})

export type Rate = z.output<typeof rateSchema> & { path: string }

/** @throws AppError `bad-argument` for a file that says no rate, `file-unreadable` */
export async function readRate(path: string): Promise<Rate> {
  const text = new TextDecoder().decode(await readNamedFile(path))
  try {
    return { ...rateSchema.parse(JSON.parse(text)), path }
  } catch (cause) {
    const message = `"${path}" says no rate: give merged/throughput.json of a run that this version merged.`
    throw new AppError('bad-argument', message, { cause })
  }
}

/** Mask, probability and disagreement of a scene are bytes, with overviews of a third more; a patch has Float32 probabilities. */
const BYTES_A_PIXEL = { scene: 4, patches: 5 } as const

/** What is kept of a scene until it is whole: three planes of bytes. */
const SCENE_SCRATCH = 3

/** Of a patch: its pixels, which are valid, and its mask. */
const PATCH_SCRATCH = 4 * BAND_COUNT + 2

/**
 * Adds up what the inputs of a plan are likely to cost; hours only where a measured rate says them.
 *
 * @param sizes of the inputs, by their names
 * @param networks null: what they take of memory could not be counted
 */
export function estimateRun(
  { manifest, sizes }: PlannedRun,
  networks: NetworkMemory | null,
  rate: Rate | null,
): RunEstimate {
  const passesAnHour = rate?.passesAnHour ?? null
  const inputs = manifest.inputs.map(({ name, shard, kind, pixels, passes, files }: RunInput) => {
    const size = sizes.get(name)!
    const zipped = files.reduce((sum, { path, size }) => sum + (/\.zip$/i.test(path) ? size : 0), 0)
    return {
      ...{ name, shard, megapixels: pixels / 1e6, passes },
      bytesRead: files.reduce((sum, { size }) => sum + size, 0),
      bytesWritten: pixels * BYTES_A_PIXEL[kind],
      bytesScratch:
        zipped +
        (kind === 'scene'
          ? pixels * SCENE_SCRATCH + windowRowBytes(size, manifest.models.ids.length)
          : pixels * PATCH_SCRATCH),
      memory: networks && workerMemory(size, networks),
      seconds: passesAnHour === null ? null : (passes / passesAnHour) * 3600,
    }
  })
  const shards = Array.from({ length: manifest.shards }, (_, shard) => {
    const own = inputs.filter(input => input.shard === shard)
    return { inputs: own.length, ...sumOf(own) }
  })
  const { inputs: _, ...longestShard } = shards.reduce((most, shard) =>
    shard.passes > most.passes ? shard : most,
  )
  const basedOn = rate
    ? basisOf(rate, manifest)
    : 'No rate was given: passes say what takes how long, not when it ends.'
  const measuredMemory = rate?.peakMemory ?? null
  return { basedOn, total: sumOf(inputs), longestShard, measuredMemory, shards, inputs }
}

function basisOf({ path, models, backends, passesAnHour, peakMemory }: Rate, manifest: RunManifest): string {
  const same = models.join() === manifest.models.ids.map(({ id }) => id).join()
  const hourly = passesAnHour === null ? 'no' : Math.round(passesAnHour).toLocaleString('en')
  return (
    `${hourly} passes an hour of one worker (${backends.join(', ')}), ${(peakMemory / 1e9).toFixed(2)} GB at most, as measured in "${path}"` +
    (same ? '.' : `; of other networks (${models.join(', ')}), so that the hours are a guess.`)
  )
}

/** Of several, one after the other. */
function sumOf(costs: readonly Cost[]): Cost {
  const sum = (of: 'megapixels' | 'passes' | 'bytesRead' | 'bytesWritten') =>
    costs.reduce((total, cost) => total + cost[of], 0)
  const most = (of: 'bytesScratch' | 'memory') => Math.max(0, ...costs.map(cost => cost[of] ?? 0))
  return {
    ...{ megapixels: sum('megapixels'), passes: sum('passes') },
    ...{ bytesRead: sum('bytesRead'), bytesWritten: sum('bytesWritten'), bytesScratch: most('bytesScratch') },
    memory: costs.some(({ memory }) => memory === null) ? null : most('memory'),
    seconds: costs.some(({ seconds }) => seconds === null)
      ? null
      : costs.reduce((total, { seconds }) => total + seconds!, 0),
  }
}

/** "0.4 megapixels, 12 passes of a network, 1.2 MB to read, 1.6 MB at most to write, 1.0 MB of scratch, 0.40 GB of memory, 3.0 min" */
export function describeCost(cost: Cost): string {
  const { megapixels, passes, memory, seconds } = cost
  const parts = [
    `${megapixels.toFixed(1)} megapixels`,
    `${passes.toLocaleString('en')} ${passes === 1 ? 'pass' : 'passes'} of a network`,
    `${megabytes(cost.bytesRead)} to read`,
    `${megabytes(cost.bytesWritten)} at most to write`,
    `${megabytes(cost.bytesScratch)} of scratch`,
  ]
  if (memory) parts.push(`${(memory / 1e9).toFixed(2)} GB of memory`)
  if (seconds !== null)
    parts.push(seconds < 5400 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`)
  return parts.join(', ')
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
