import { join } from 'node:path'
import type { CommandIo } from '../../cli/node/commandIo'
import { readIfThere } from '../../cli/node/nodeFiles'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { randomStream } from '../../core/foundation/random'
import { fingerprintOf } from '../../core/foundation/sha256'
import type { EngineInfo } from '../../core/rounds/engineInfo'
import type { RoundConfig } from '../../core/rounds/roundConfig'
import { createNetwork } from '../../engine/models/createNetwork'
import { chooseMicroBatch, estimateTrainingMemory } from '../../engine/training/trainingMemory'
import type { SampleProvider, TrainingSample } from '../../engine/training/trainingSample'
import { trainNetwork } from '../../engine/training/trainNetwork'
import { PATCH_SIDE } from './competitionFolder'
import type { NetworkUnit } from './planReproduction'
import type { Passes } from './runUnit'
import { writeShared } from './sharedFiles'

/** What training a network of one size at one scale takes of this machine. */
export interface Expectation {
  /** null: not even one patch at a time fits; `peakBytes` and `largestBytes` say what it would take. */
  passes: Passes | null
  peakBytes: number
  largestBytes: number
  /** null: not measured. */
  timing: Timing | null
}

/** Steps of one pass each, on random pixels. */
export interface Timing {
  /** Of a pass of `passes.microBatch` whole patches, by what was measured. */
  secondsPerPass: number
  /** What was measured: side of the crop before its enlargement, and crops a pass. */
  side: number
  microBatch: number
}

export interface ExpectationRequest {
  out: string
  engine: Pick<EngineInfo, 'adapter' | 'limits'>
  /** Bytes of GPU memory that training may take. */
  memory: number
  /** Chosen by the person; null: the largest micro-batch that fits. */
  passes: Passes | null
  /** Whether to measure times. */
  timing: boolean
  io: CommandIo
}

/** Of networks that need the same: "swin-unet swin-tiny x4". */
export const kindOf = ({ network, preset, config }: Pick<NetworkUnit, 'network' | 'preset' | 'config'>) =>
  `${network} ${preset} x${config.scale}`

/**
 * Memory, micro-batch and time of every kind of network among the units, by kind. What an earlier call found on the same
 * adapter is kept in the output folder.
 *
 * @param wanted ids of the units that this machine has to do: of the others only what is known is given.
 * @throws AppError `aborted`.
 */
export async function expectations(
  units: readonly NetworkUnit[],
  wanted: ReadonlySet<string>,
  request: ExpectationRequest,
): Promise<Map<string, Expectation>> {
  const { out, engine, memory, passes, io } = request
  // The row that takes most: all of the loss, the average of weights.
  const byKind = new Map(units.map(unit => [kindOf(unit), unit]))
  const { cropSize, steps: _, ...shared } = units[0]?.config ?? ({} as RoundConfig)
  const about = {
    version: 1,
    adapter: engine.adapter,
    limits: engine.limits,
    memory,
    passes,
    cropSize,
    ema: shared.emaDecay,
  }
  const path = join(out, 'expected', `${(await fingerprintOf(about)).slice(0, 16)}.json`)
  const file = await readIfThere(path)
  const known = file ? (JSON.parse(new TextDecoder().decode(file)) as Record<string, Expectation>) : {}
  const found = new Map(Object.entries(known))
  const kinds = new Set(units.filter(({ id }) => wanted.has(id)).map(kindOf))
  for (const [index, kind] of [...kinds].entries()) {
    const unit = byKind.get(kind)!
    throwIfAborted(io.signal)
    let expected = known[kind]
    if (!expected) {
      io.progress.update({ label: `Memory of ${kind}`, done: index, total: kinds.size })
      expected = expectMemory(unit, request)
    }
    if (request.timing && expected.timing === null && expected.passes !== null) {
      io.progress.update({ label: `Timing ${kind}`, done: index, total: kinds.size })
      expected = { ...expected, timing: await measure(unit, expected.passes, io) }
    }
    found.set(kind, expected)
    await writeShared(path, `${JSON.stringify(Object.fromEntries(found), null, 2)}\n`)
  }
  io.progress.clear()
  return found
}

/** Bytes that the adapter allows a buffer. */
export function largestBuffer({ limits }: Pick<EngineInfo, 'limits'>): number {
  return limits
    ? Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
    : Number.POSITIVE_INFINITY
}

function expectMemory(unit: NetworkUnit, { engine, memory, passes }: ExpectationRequest): Expectation {
  const { network: family, preset, config } = unit
  const largest = largestBuffer(engine)
  const need = { family, preset, side: config.cropSize, scale: config.scale, config }
  if (passes) {
    const taken = estimateTrainingMemory({ ...need, ...passes })
    const fits = taken.peakBytes <= memory && taken.largestBytes <= largest
    return { ...taken, passes: fits ? passes : null, timing: null }
  }
  try {
    const { microBatch, accumulate, checkpointing, ...taken } = chooseMicroBatch(memory, need, largest)
    const chosen = { microBatch, accumulate, ...(checkpointing && { checkpointing }) }
    return { ...taken, passes: chosen, timing: null }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'gpu-limit') throw error
    return {
      ...estimateTrainingMemory({ ...need, microBatch: 1, checkpointing: true }),
      passes: null,
      timing: null,
    }
  }
}

/** Seconds that one measurement may take; the next larger one is left out where it would take more. */
const ALLOWANCE = 30

/** The same for the second one, without which nothing says how time grows with the pixels. */
const SECOND_ALLOWANCE = 240

const STEPS = 4

/** Steps that count for nothing: a loss is known before the backward pass of its step, which compiles shaders the first time. */
const WARM_STEPS = 2

/** Networks halve their input five times. */
const SMALLEST_SIDE = 32

/**
 * Times training steps on crops of a quarter and half of the side, then whole ones, then a whole micro-batch, as far as
 * the allowance goes.
 */
async function measure(unit: NetworkUnit, passes: Passes, io: CommandIo): Promise<Timing> {
  const { network: family, preset, config } = unit
  const sizes: { side: number; microBatch: number }[] = [4, 2, 1].map(part => ({
    side: Math.max(Math.min(SMALLEST_SIDE, config.cropSize), Math.round(config.cropSize / part)),
    microBatch: 1,
  }))
  const whole = { side: config.cropSize, microBatch: passes.microBatch }
  const points: (TimedStep & { size: typeof whole })[] = []
  const network = createNetwork(family, preset, { seed: config.seed })
  try {
    for (const size of [...sizes, whole]) {
      const pixels = size.side ** 2 * size.microBatch
      if (pixels === points.at(-1)?.pixels) continue
      const allowance = points.length === 1 ? SECOND_ALLOWANCE : ALLOWANCE
      if (points.length > 0 && secondsFor(pixels, points) * STEPS > allowance) break
      points.push({ size, pixels, seconds: await timeSteps(network, config, size, io) })
    }
    const secondsPerPass = secondsFor(whole.side ** 2 * whole.microBatch, points)
    return { ...points.at(-1)!.size, secondsPerPass }
  } finally {
    network.dispose()
  }
}

interface TimedStep {
  pixels: number
  seconds: number
}

/** Seconds of a step by the last two that were timed, along a line; in proportion to the pixels where there is but one. */
export function secondsFor(pixels: number, timed: readonly TimedStep[]): number {
  const [before, last] = timed.slice(-2)
  if (!before) throw new RangeError('No step was timed.')
  if (!last) return (before.seconds * pixels) / before.pixels
  const slope = (last.seconds - before.seconds) / (last.pixels - before.pixels)
  return last.seconds + Math.max(0, slope) * (pixels - last.pixels)
}

/** Seconds of a step of one pass. */
async function timeSteps(
  network: ReturnType<typeof createNetwork>,
  config: RoundConfig,
  { side, microBatch }: { side: number; microBatch: number },
  io: CommandIo,
): Promise<number> {
  let first = 0
  let last = 0
  await trainNetwork(
    network,
    { source: randomSamples(side), target: null, sourceOnlySteps: 0, evaluate: null },
    {
      ...config,
      cropSize: side,
      microBatch,
      accumulate: 1,
      steps: STEPS,
      warmupSteps: 0,
      evaluateEvery: STEPS,
    },
    {
      signal: io.signal,
      onEvent(event) {
        if (event.kind !== 'loss') return
        last = io.now()
        if (event.step === WARM_STEPS) first = last
      },
    },
  )
  return (last - first) / 1000 / (STEPS - WARM_STEPS)
}

/** Ground that costs what real ground costs: noise, a tenth of it landslide. */
function randomSamples(side: number): SampleProvider {
  const random = randomStream(1, 'timing')
  const area = side * side
  const sample: TrainingSample = {
    width: side,
    height: side,
    pixels: Float32Array.from({ length: area * 14 }, () => 2 * random.uniform() - 1),
    label: Uint8Array.from({ length: area }, () => (random.chance(0.1) ? 1 : 0)),
  }
  return { ids: ['noise'], load: async () => sample }
}

/** Patches whose prediction costs what training on one costs; a step goes forward once and backward about twice. */
const PREDICTIONS_PER_SAMPLE = 3

/**
 * Hours that a network is expected to take; null where nothing was measured.
 *
 * @param patches of the target and of the held-out part, which are predicted.
 */
export function expectedHours(
  { config, labels }: Pick<NetworkUnit, 'config' | 'labels'>,
  { passes, timing }: Expectation,
  patches: { target: number; heldOut: number },
): number | null {
  if (passes === null || timing === null) return null
  const domains = labels === null ? 1 : 2
  const training = config.steps * passes.accumulate * domains
  const evaluations = Math.ceil(config.steps / config.evaluateEvery)
  const predicted = patches.target + patches.heldOut * (evaluations + 1)
  const crops = (PATCH_SIDE / config.cropSize) ** 2
  const prediction = (predicted * crops) / passes.microBatch / PREDICTIONS_PER_SAMPLE
  return ((training + prediction) * timing.secondsPerPass) / 3600
}
