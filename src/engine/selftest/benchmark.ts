import * as tf from '@tensorflow/tfjs-core'
import { throwIfAborted, toAppError } from '../../core/foundation/appError'
import { yieldToEventLoop } from '../../core/foundation/job'
import { randomStream } from '../../core/foundation/random'
import { COMMON_PRESET, type NetworkFamily, PUBLISHED_PRESETS } from '../../core/rounds/networks'
import { defaultTrainingConfig } from '../../core/rounds/roundConfig'
import type { SelfTestTiming } from '../../core/rounds/selfTestReport'
import { withStockKernels } from '../gpu/ownKernels'
import { liveGpuDevice, throwIfGpuFailed } from '../gpu/webgpuBackend'
import { createNetwork } from '../models/createNetwork'
import type { SegmentationNetwork } from '../models/network'
import { AdamW } from '../nn/optimiser/adamW'
import { GradientSums } from '../nn/optimiser/flatLayout'
import { valueAndGradients } from '../nn/valueAndGradients'
import { inferencePass } from '../refinement/landslideProbability'
import { profileInference, profileTrainingStep } from '../refinement/stepProfile'
import { trainingLoss } from '../training/trainingLoss'
import { normals } from './compareBackends'
import { trainingBatch } from './computations'

export interface BenchmarkRequest {
  family: NetworkFamily
  /** Bytes of GPU memory that a measurement may take: WebGPU does not say how much there is. */
  memoryBytes: number
  /** Milliseconds. */
  now(): number
  signal?: AbortSignal
}

export type TimedWork = Pick<SelfTestTiming, 'preset' | 'size' | 'work'>

/** What is measured: the smallest network, and the published one on the method's own patch size. */
export function timedWork(family: NetworkFamily): TimedWork[] {
  const sizes = [
    { preset: COMMON_PRESET, size: 128 },
    { preset: PUBLISHED_PRESETS[family], size: 512 },
  ]
  return sizes.flatMap(of => (['prediction', 'training step'] as const).map(work => ({ ...of, work })))
}

/**
 * Times a piece of work with our kernels and with those of TensorFlow.js alone, on the current WebGPU backend. What would
 * not fit into the memory, rehearsed first, is not run.
 */
export async function timeWork(work: TimedWork, request: BenchmarkRequest): Promise<SelfTestTiming> {
  const { family } = request
  if (work.preset !== COMMON_PRESET && liveGpuDevice()?.software) {
    const note = 'left out: it takes minutes without a GPU'
    return { family, ...work, ours: null, plain: null, note }
  }
  const ours = await measure(work, request)
  const plain = await withStockKernels(() => measure(work, request))
  const notes = [
    ...(ours.note ? [`Scarp: ${ours.note}`] : []),
    ...(plain.note ? [`plain: ${plain.note}`] : []),
  ]
  return { family, ...work, ours: ours.median, plain: plain.median, note: notes.join('; ') }
}

async function measure(
  work: TimedWork,
  request: BenchmarkRequest,
): Promise<{ median: number | null; note: string }> {
  try {
    const note = tooLarge(work, request)
    if (note) return { median: null, note }
    return { median: await medianTime(work, request), note: '' }
  } catch (thrown) {
    const { code, message } = toAppError(thrown)
    if (code === 'aborted' || code === 'gpu-lost') throw thrown
    return { median: null, note: message.split('\n')[0]! }
  }
}

/** Why it does not fit; '' where it does. */
function tooLarge({ preset, size, work }: TimedWork, { family, memoryBytes }: BenchmarkRequest): string {
  const rehearse = work === 'prediction' ? profileInference : profileTrainingStep
  const { peakBytes, largestBytes } = rehearse({ family, preset, size, batch: 1 }, 'own')
  const limits = liveGpuDevice()?.device.limits
  const most = limits ? Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize) : 0
  if (largestBytes > most) return `needs a buffer of ${Math.ceil(largestBytes / 2 ** 20)} MiB`
  if (peakBytes <= memoryBytes) return ''
  return `needs ${(peakBytes / 1e9).toFixed(1)} GB of GPU memory, more than the ${(memoryBytes / 1e9).toFixed(1)} GB it may take`
}

/** After a first run, which compiles: at most so many, and no more once so many milliseconds have passed. */
const MOST_RUNS = 7
const ENOUGH_MS = 3000

async function medianTime(work: TimedWork, { family, now, signal }: BenchmarkRequest): Promise<number> {
  const network = createNetwork(family, work.preset, { seed: 1 })
  const { run, dispose } =
    work.work === 'prediction' ? prediction(network, work.size) : trainingStep(network, work.size)
  const times: number[] = []
  try {
    await run()
    const begin = now()
    while (times.length === 0 || (times.length < MOST_RUNS && now() - begin < ENOUGH_MS)) {
      await yieldToEventLoop()
      throwIfAborted(signal)
      const started = now()
      await run()
      times.push(now() - started)
    }
    throwIfGpuFailed()
  } finally {
    dispose()
    network.dispose()
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!
}

interface Repeatable {
  run(): Promise<unknown>
  dispose(): void
}

function prediction(network: SegmentationNetwork, size: number): Repeatable {
  const pixels = normals(size * size * network.bands, 'pixels')
  return {
    async run() {
      const results = tf.tidy(() => {
        const x = tf.tensor4d(pixels, [1, size, size, network.bands])
        return inferencePass(network, x, { domain: 'source' })
      })
      await Promise.all(results.map(result => result.data())).finally(() => tf.dispose(results))
    },
    dispose: () => undefined,
  }
}

/** One pass over one crop, clipping and AdamW, as `scarp profile` counts it. */
function trainingStep(network: SegmentationNetwork, size: number): Repeatable {
  const batch = trainingBatch(1, size, network.bands)
  const parameters = network.parameters.trainable()
  const optimiser = new AdamW(parameters)
  const sums = new GradientSums(optimiser.layout)
  let step = 0
  return {
    async run() {
      const random = randomStream(1, 'benchmark', step++)
      const loss = () => trainingLoss(network, batch, defaultTrainingConfig, random)
      const { value, gradients } = valueAndGradients(loss, parameters)
      sums.add(gradients)
      const taken = sums.take()
      optimiser.stepFlat(taken, 1e-4, 1)
      tf.dispose(taken)
      await value.data().finally(() => value.dispose())
    },
    dispose() {
      sums.dispose()
      optimiser.dispose()
    },
  }
}
