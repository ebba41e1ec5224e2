import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { randomStream } from '../../foundation/random'
import { type GpuMemoryNeed, rehearse } from '../../gpu/rehearsal'
import { declareNetwork } from '../../models/createNetwork'
import type { NetworkFamily, SegmentationNetwork } from '../../models/network'
import type { NetworkOptions } from '../../models/networkOptions'
import { AdamW } from '../../nn/optimiser/adamW'
import { GradientSums } from '../../nn/optimiser/gradientSums'
import { toMemoryShape } from '../../nn/parameterLayout'
import type { ParameterRegistry } from '../../nn/parameterRegistry'
import type { Parameter } from '../../nn/parameterStore'
import { valueAndGradients } from '../../nn/valueAndGradients'
import { type FlatValues, NetworkValues } from '../networkValues'
import { defaultTrainingConfig, type TrainingConfig } from '../trainingConfig'
import { trainingLoss } from '../trainingLoss'
import { WeightAverage } from '../weightAverage'

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
export function estimateTrainingMemory(request: TrainingMemoryRequest): GpuMemoryNeed {
  return rehearse(() => takeSteps(request))
}

function takeSteps(request: TrainingMemoryRequest): void {
  const { family, preset, bands = 14, options = {}, side, scale, microBatch } = request
  const config = { ...defaultTrainingConfig, ...request.config, scale }
  const { registry, definition } = declareNetwork(family, preset, { bands, seed: null, options })
  const parameters = bind(registry)
  const network: Pick<SegmentationNetwork, 'forward' | 'forwardWithAuxiliary'> = {
    forward: (x, mode) => tf.tidy(() => definition.forward(x, mode)),
    ...(definition.forwardWithAuxiliary && {
      forwardWithAuxiliary: (x: Tensor4D, mode) => tf.tidy(() => definition.forwardWithAuxiliary!(x, mode)),
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
    for (let pass = 0; pass < 2; pass++) {
      const random = randomStream(1, 'rehearsal', step, pass)
      const made = valueAndGradients(() => trainingLoss(network, batch, config, random), trainable)
      made.value.dispose()
      gradients.add(made.gradients)
    }
    const sums = gradients.take()
    optimiser.stepFlat(sums, 1e-3, 1)
    tf.dispose(sums)
    average?.update()
    // The weights step aside for their average while it is scored.
    const own = average ? values.copy() : null
    average?.apply()
    const snapshot = values.copy()
    tf.dispose(best)
    best = snapshot
    if (own) values.assign(own)
    tf.dispose(own ?? [])
  }
  optimiser.dispose()
  average?.dispose()
  for (const { variable } of parameters) variable.dispose()
}

/** Parameters and tables without values. */
function bind(registry: ParameterRegistry): Parameter[] {
  for (const handle of registry.constants) handle.bind(tf.zeros([...handle.spec.shape]))
  return registry.parameters.map(handle => {
    const { name, shape, layout, trainable, decay } = handle.spec
    const variable = tf.variable(tf.zeros(toMemoryShape(shape, layout)), trainable)
    handle.bind(variable)
    return { name, layout, variable, trainable, decay }
  })
}
