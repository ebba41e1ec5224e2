import * as tf from '@tensorflow/tfjs-core'
import type { NetworkFamily } from '../../core/rounds/networks'
import { type Rehearsal, type RehearsedDevice, rehearse } from '../gpu/rehearsal'
import { declareNetwork } from '../models/createNetwork'
import { bindZeros } from '../nn/parameterStore'
import { takeSteps } from '../training/trainingMemory'
import { inferencePass } from './landslideProbability'

export interface ProfileRequest {
  family: NetworkFamily
  preset: string
  /** Side of the square input, pixels. */
  size: number
  /** Images of a pass. */
  batch: number
}

export interface TrainingProfileRequest extends ProfileRequest {
  /** Passes of a step, whose gradients are added up; 1 by default. */
  passes?: number
  /** Whether blocks are computed again in the backward pass; false by default. */
  checkpointing?: boolean
}

/**
 * Counts a steady training step: passes with cross-entropy of soft labels, hard examples and Lovász, clipped gradients,
 * AdamW. Rehearsed, so that neither time nor memory of a GPU is spent.
 *
 * @throws AppError `gpu-unavailable` where there is no WebGPU; `bad-argument` for an unknown family or preset.
 */
export function profileTrainingStep(
  request: TrainingProfileRequest,
  as: RehearsedDevice = 'hardware',
): Rehearsal {
  const { family, preset, size, batch, passes = 1, checkpointing = false } = request
  const training = { family, preset, side: size, scale: 1, microBatch: batch, checkpointing }
  return rehearse(meter => takeSteps(training, meter, { passes, scored: false }), as)
}

/** The same for one pass of inference, from pixels to probabilities. */
export function profileInference(request: ProfileRequest, as: RehearsedDevice = 'hardware'): Rehearsal {
  const { family, preset, size, batch } = request
  return rehearse(meter => {
    const { registry, definition } = declareNetwork(family, preset, { seed: null })
    const parameters = bindZeros(registry)
    const pixels = new Float32Array(batch * size * size * 14)
    for (let pass = 0; pass < 2; pass++) {
      meter.restart()
      meter.phase('forward')
      tf.tidy(() => {
        const x = tf.tensor4d(pixels, [batch, size, size, 14])
        inferencePass(definition, x, { domain: 'source' })
      })
    }
    for (const { variable } of parameters) variable.dispose()
  }, as)
}
