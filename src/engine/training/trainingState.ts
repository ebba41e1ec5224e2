import { AppError } from '../../core/foundation/appError'
import { z } from '../../core/foundation/schema'
import { metricsSchema } from '../../core/rounds/modelManifest'
import { readSafetensors, type StoredTensor, writeSafetensors } from '../models/checkpoint/safetensors'

const FORMAT = 'scarp-training/1'

const count = z.int().nonnegative()

const progressSchema = z.object({
  /** Digest of all that the run's results follow from: network, configuration, patches. */
  run: z.string(),
  /** Optimiser steps taken. */
  step: count,
  /** Whether the target has joined; follows from `step`, and is checked against it. */
  joined: z.boolean(),
  /** Patches drawn so far: where samplers and augmentations continue. */
  drawn: z.object({ source: count, target: count }),
  /** Steps in the average of weights. */
  averaged: count,
  best: z.object({ step: count, metrics: metricsSchema }).nullable(),
})

/** Where a run stands, apart from its tensors. */
export type TrainingProgress = z.output<typeof progressSchema>

/**
 * Everything that a run needs to continue as if nothing had happened. Drop path and dropout have no state: every pass
 * draws from a stream of its own, named by its step.
 *
 * Tensors, float32 in memory layout, by parameter: `network/`, `average/`, `best/` (weights and running statistics),
 * `moments/<parameter>.exp_avg` and `.exp_avg_sq`; `losses`, [n, 2] float64, [step, loss].
 */
export interface TrainingState {
  progress: TrainingProgress
  tensors: Map<string, StoredTensor>
}

/** One safetensors file. */
export function packTrainingState({ progress, tensors }: TrainingState): Uint8Array {
  return writeSafetensors(tensors, { format: FORMAT, progress: JSON.stringify(progress) })
}

/**
 * @throws AppError `model-invalid` if the file is damaged or something else; `weights-mismatch` if it is of another run.
 */
export function unpackTrainingState(bytes: Uint8Array, run: string): TrainingState {
  const { tensors, metadata } = readSafetensors(bytes)
  if (metadata.format !== FORMAT) {
    throw new AppError('model-invalid', 'This is not a training checkpoint. Start the training again.')
  }
  const parsed = progressSchema.safeParse(jsonOf(metadata.progress ?? ''))
  if (!parsed.success) {
    throw new AppError('model-invalid', 'The training checkpoint is damaged. Start the training again.')
  }
  if (parsed.data.run !== run) {
    throw new AppError(
      'weights-mismatch',
      'The training checkpoint is of a run with another network, configuration or patches. Start the training again.',
    )
  }
  return { progress: parsed.data, tensors }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON is one of the ways in which it does not fit the schema.
    return null
  }
}
