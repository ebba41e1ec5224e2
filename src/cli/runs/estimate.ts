import { AppError } from '../../core/foundation/appError'
import { z } from '../../core/foundation/schema'
import { readNamedFile } from '../node/nodeFiles'
import type { RunInput, RunManifest } from './manifest'

/** What an input, or many, are likely to cost. */
export interface Cost {
  megapixels: number
  /** Of a network over 256 x 256 pixels at its scale. */
  passes: number
  /** Of its files; each phase reads them, and checks their hashes, which reads them once more. */
  bytesRead: number
  /** At most: as if nothing were compressed. */
  bytesWritten: number
  /** Seconds of one worker that predicts; null: no rate was given. */
  seconds: number | null
}

/** `run/estimate.json`, beside the plan and no part of it. */
export interface RunEstimate {
  basedOn: string
  total: Cost
  /** Of the shard that takes longest: with as many workers as shards, the run takes as long. */
  longestShard: Cost
  /** A worker's, bytes; null: no rate was given. */
  memory: number | null
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

/** Adds up what the inputs of a plan are likely to cost; hours only where a measured rate says them. */
export function estimateRun(manifest: RunManifest, rate: Rate | null): RunEstimate {
  const passesAnHour = rate?.passesAnHour ?? null
  const inputs = manifest.inputs.map(({ name, shard, kind, pixels, passes, files }: RunInput) => ({
    name,
    shard,
    megapixels: pixels / 1e6,
    passes,
    bytesRead: files.reduce((sum, { size }) => sum + size, 0),
    bytesWritten: pixels * BYTES_A_PIXEL[kind],
    seconds: passesAnHour === null ? null : (passes / passesAnHour) * 3600,
  }))
  const shards = Array.from({ length: manifest.shards }, (_, shard) =>
    sumOf(inputs.filter(input => input.shard === shard)),
  )
  const longestShard = shards.reduce((most, shard) => (shard.passes > most.passes ? shard : most))
  const basedOn = rate
    ? basisOf(rate, manifest)
    : 'No rate was given: passes say what takes how long, not when it ends.'
  return { basedOn, total: sumOf(inputs), longestShard, memory: rate?.peakMemory ?? null, inputs }
}

function basisOf({ path, models, backends, passesAnHour, peakMemory }: Rate, manifest: RunManifest): string {
  const same = models.join() === manifest.models.ids.map(({ id }) => id).join()
  const hourly = passesAnHour === null ? 'no' : Math.round(passesAnHour).toLocaleString('en')
  return (
    `${hourly} passes an hour of one worker (${backends.join(', ')}), ${(peakMemory / 1e9).toFixed(2)} GB at most, as measured in "${path}"` +
    (same ? '.' : `; of other networks (${models.join(', ')}), so that the hours are a guess.`)
  )
}

/** Of several. */
export function sumOf(costs: readonly Cost[]): Cost {
  const sum = (of: 'megapixels' | 'passes' | 'bytesRead' | 'bytesWritten') =>
    costs.reduce((total, cost) => total + cost[of], 0)
  const seconds = costs.some(cost => cost.seconds === null)
    ? null
    : costs.reduce((total, cost) => total + cost.seconds!, 0)
  return {
    ...{ megapixels: sum('megapixels'), passes: sum('passes') },
    ...{ bytesRead: sum('bytesRead'), bytesWritten: sum('bytesWritten'), seconds },
  }
}

/** "2 inputs: 0.4 megapixels, 12 passes of a network, 1.2 MB to read, 1.6 MB at most to write, 3 min" */
export function describeCost({ megapixels, passes, bytesRead, bytesWritten, seconds }: Cost): string {
  const parts = [
    `${megapixels.toFixed(1)} megapixels`,
    `${passes.toLocaleString('en')} ${passes === 1 ? 'pass' : 'passes'} of a network`,
    `${megabytes(bytesRead)} to read`,
    `${megabytes(bytesWritten)} at most to write`,
  ]
  if (seconds !== null)
    parts.push(seconds < 5400 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`)
  return parts.join(', ')
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
