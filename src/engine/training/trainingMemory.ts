import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import { randomStream } from '../../core/foundation/random'
import type { NetworkFamily, NetworkOptions } from '../../core/rounds/networks'
import { defaultTrainingConfig, type TrainingConfig } from '../../core/rounds/roundConfig'
import type { DeviceMeter, DeviceWork } from '../gpu/deviceMeter'
import { type GpuMemoryNeed, type Rehearsal, rehearse } from '../gpu/rehearsal'
import { declareNetwork } from '../models/createNetwork'
import type { DeclaredNetwork, SegmentationNetwork } from '../models/network'
import { AdamW } from '../nn/optimiser/adamW'
import { GradientSums } from '../nn/optimiser/flatLayout'
import { bindZeros } from '../nn/parameterStore'
import { valueAndGradients } from '../nn/valueAndGradients'
import { type FlatValues, NetworkValues, WeightAverage } from './networkValues'
import { trainingLoss } from './trainingLoss'

export interface TrainingMemoryRequest {
  family: NetworkFamily
  preset: string
  /** Input bands; 14 by default. */
  bands?: number
  options?: NetworkOptions
  /** Side of the crop before scale promotion. */
  side: number
  scale: number
  /** Crops of a pass. */
  microBatch: number
  /** Whether blocks are computed again in the backward pass; false by default. */
  checkpointing?: boolean
  /** As far as it matters: hard examples, weights of the losses, whether there is an average of weights. */
  config?: Partial<
    Pick<TrainingConfig, 'ohem' | 'lovaszWeight' | 'crossEntropyWeight' | 'auxiliaryWeight' | 'emaDecay'>
  >
}

/**
 * What training would take of the GPU: two steps of it (each of two passes, the update, the average of weights and a
 * best snapshot) are rehearsed on a device that holds nothing, so that every buffer is counted and none allocated. Takes
 * as long as two steps take in JavaScript, about a second.
 *
 * @throws AppError `gpu-unavailable` where there is no WebGPU; `bad-argument` for an unknown family or preset.
 */
export function estimateTrainingMemory(request: TrainingMemoryRequest): Rehearsal {
  return rehearse(meter => takeSteps(request, meter))
}

/** Passes of a rehearsed step: two, so that sums of gradients are counted. */
const PASSES = 2

/** What an optimiser step of so many passes takes, from what was counted for a step of `PASSES`. */
export function workOfStep({ byPhase }: Pick<Rehearsal, 'byPhase'>, accumulate: number): DeviceWork {
  const work: DeviceWork = { dispatches: 0, bytesMoved: 0, multiplyAdds: 0 }
  for (const [phase, counted] of byPhase) {
    if (phase === 'score') continue
    const times = phase === 'optimiser' ? 1 : accumulate / PASSES
    work.dispatches += Math.round(times * counted.dispatches)
    work.bytesMoved += times * counted.bytesMoved
    work.multiplyAdds += times * counted.multiplyAdds
  }
  return work
}

interface RehearsedSteps {
  /** Passes of a step; two by default. */
  passes?: number
  /** Whether each step is followed by a score: snapshots, and weights that step aside for their average. */
  scored?: boolean
  /** By what the loss of a pass is multiplied; absent: not at all. */
  weight?: number
  /** Whether every second pass has labels alone, without probabilities to learn. */
  hardLabels?: boolean
  /** The network; absent: that of the request's family and preset. */
  declared?: DeclaredNetwork
}

/**
 * Two training steps on the current backend, which computes nothing. The meter counts the second, by phase: forward,
 * loss, backward, optimiser, score.
 */
export function takeSteps(
  request: TrainingMemoryRequest,
  meter: DeviceMeter,
  { passes = PASSES, scored = true, weight, hardLabels = false, declared }: RehearsedSteps = {},
): void {
  const { family, preset, bands = 14, options = {}, side, scale, microBatch, checkpointing } = request
  const config = { ...defaultTrainingConfig, ...request.config, scale, checkpointing }
  const { registry, definition } = declared ?? declareNetwork(family, preset, { bands, seed: null, options })
  const parameters = bindZeros(registry)
  const forward = <Logits extends tf.TensorContainer>(compute: () => Logits): Logits => {
    meter.phase('forward')
    const logits = tf.tidy(compute)
    meter.phase('loss')
    return logits
  }
  const network: Pick<SegmentationNetwork, 'forward' | 'forwardWithAuxiliary'> = {
    forward: (x, mode) => forward(() => definition.forward(x, mode)),
    ...(definition.forwardWithAuxiliary && {
      forwardWithAuxiliary: (x: Tensor4D, mode) => forward(() => definition.forwardWithAuxiliary!(x, mode)),
    }),
  }
  const pixels = microBatch * side * side
  const batch = {
    domain: 'source',
    size: microBatch,
    side,
    pixels: new Float32Array(pixels * bands),
    label: new Int32Array(pixels),
    valid: pixels,
    soft: new Float32Array(pixels),
  } as const
  const trainable = parameters.filter(parameter => parameter.trainable)
  const optimiser = new AdamW(trainable)
  const gradients = new GradientSums(optimiser.layout)
  const values = new NetworkValues({ all: () => parameters })
  const average = config.emaDecay > 0 ? new WeightAverage(values, config.emaDecay) : null
  let best: FlatValues = []
  for (let step = 0; step < 2; step++) {
    meter.restart()
    for (let pass = 0; pass < passes; pass++) {
      const random = randomStream(1, 'rehearsal', step, pass)
      meter.phase('loss')
      const made = valueAndGradients(() => {
        const labels = hardLabels && pass % 2 === 1 ? { ...batch, soft: null } : batch
        const loss = trainingLoss(network, labels, config, random)
        meter.phase('backward')
        return weight === undefined ? loss : tf.mul(loss, weight)
      }, trainable)
      made.value.dispose()
      meter.phase('optimiser')
      gradients.add(made.gradients)
    }
    const sums = gradients.take()
    optimiser.stepFlat(sums, 1e-3, 1)
    tf.dispose(sums)
    average?.update()
    if (!scored) continue
    meter.phase('score')
    // The weights step aside for their average while it is scored.
    const own = average ? values.copy() : null
    average?.apply()
    const snapshot = values.copy()
    tf.dispose(best)
    best = snapshot
    if (own) values.assign(own)
    tf.dispose(own ?? [])
  }
  meter.stop()
  // The optimiser hands every parameter a buffer of its own again.
  optimiser.dispose()
  average?.dispose()
  for (const { variable } of parameters) variable.dispose()
}

/** Crops of one optimiser step and domain, as in the paper. */
const EFFECTIVE_BATCH = 16

export interface MicroBatchChoice extends GpuMemoryNeed {
  microBatch: number
  accumulate: number
  checkpointing: boolean
}

/**
 * The largest micro-batch (16, 8, 4, 2 or 1; 16 with its accumulation) whose training fits. Gradient checkpointing is
 * chosen only where nothing fits without: it takes up to a third more arithmetic, a smaller micro-batch only more dispatches.
 *
 * @param budgetBytes of GPU memory for training.
 * @param largestBuffer bytes that the device allows a buffer (the smaller of its `maxBufferSize` and
 *   `maxStorageBufferBindingSize`); unbounded by default.
 * @throws AppError `gpu-limit` where not even one crop at a time fits with checkpointing, saying what it would take.
 */
export function chooseMicroBatch(
  budgetBytes: number,
  request: Omit<TrainingMemoryRequest, 'microBatch' | 'checkpointing'>,
  largestBuffer = Number.POSITIVE_INFINITY,
): MicroBatchChoice {
  let least: GpuMemoryNeed | null = null
  for (const checkpointing of [false, true]) {
    // From below: a batch that cannot fit is never rehearsed.
    let chosen: MicroBatchChoice | null = null
    for (let microBatch = 1; microBatch <= EFFECTIVE_BATCH; microBatch *= 2) {
      const { peakBytes, largestBytes } = estimateTrainingMemory({ ...request, microBatch, checkpointing })
      if (microBatch === 1) least = { peakBytes, largestBytes }
      if (peakBytes > budgetBytes || largestBytes > largestBuffer) break
      const accumulate = EFFECTIVE_BATCH / microBatch
      chosen = { microBatch, accumulate, checkpointing, peakBytes, largestBytes }
    }
    if (chosen) return chosen
  }
  const wanted = (least!.largestBytes > largestBuffer ? least!.largestBytes : least!.peakBytes) / 2 ** 20
  throw new AppError(
    'gpu-limit',
    `Training ${request.family} ${request.preset} needs ${Math.ceil(wanted)} MiB of GPU memory ` +
      `${least!.largestBytes > largestBuffer ? 'in one piece ' : ''}even with one crop at a time and gradient checkpointing. ` +
      'Use a smaller network, scale or crop.',
  )
}
