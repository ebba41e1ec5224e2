import { z } from '../../core/foundation/schema'
import { throwIfGpuFailed } from '../../engine/gpu/webgpuBackend'
import { runCsnLayer } from './kinds/csnLayer'
import { runCsnNet } from './kinds/csnNetwork'
import { runLosses } from './kinds/losses'
import { runMetrics } from './kinds/metrics'
import { runNetwork } from './kinds/network'
import { runOps, runResize } from './kinds/operations'
import { runTrainingStep } from './kinds/trainingStep'
import type { ParityCase } from './parityCase'
import type { ParityResult } from './parityReport'

/** What a case compares. */
export type ParityKind =
  | 'network'
  | 'training-step'
  | 'cross-sensor-layer'
  | 'cross-sensor-network'
  | 'losses'
  | 'metrics'
  | 'resize'
  | 'operations'

/** Recognised by the case's mode and by fields that only one kind has; never by its name. */
export function parityKind(parity: ParityCase): ParityKind {
  const { mode, config, outputs } = parity
  if ('num_features' in config) return 'cross-sensor-layer'
  if ('net' in config) return 'cross-sensor-network'
  if (mode === 'eval') return 'network'
  if (mode === 'train') return 'training-step'
  if (mode === 'loss') return 'losses'
  if (mode === 'metric') return 'metrics'
  return outputs.some(row => 'source' in row) ? 'resize' : 'operations'
}

type Run = (parity: ParityCase) => Promise<ParityResult>

const KINDS: Record<ParityKind, Run> = {
  network: runNetwork,
  'training-step': runTrainingStep,
  'cross-sensor-layer': runCsnLayer,
  'cross-sensor-network': runCsnNet,
  losses: runLosses,
  metrics: runMetrics,
  resize: runResize,
  operations: runOps,
}

/**
 * Computes what a case describes on the current backend and compares it with the peer's numbers.
 *
 * @throws AppError `model-invalid` where the case cannot be computed or names an output that cannot be produced,
 *   `shape-mismatch`, `weights-mismatch`. Every tensor is freed then, too.
 */
export async function runParityCase(parity: ParityCase): Promise<ParityResult> {
  const result = await KINDS[parityKind(parity)](parity)
  // The GPU reports errors late and leaves stale numbers behind.
  throwIfGpuFailed()
  return result
}

const shape = z.array(z.number())

const schema = z.looseObject({
  weights: z.looseObject({ tensors: z.array(z.tuple([z.string(), shape], z.unknown())) }).optional(),
  inputs: z.array(z.looseObject({ shape })).optional(),
})

/**
 * How many values a case's weights and inputs have, without making them: what running it costs.
 *
 * @param caseJson bytes of its case.json; zeros where they are damaged, which running the case reports.
 */
export function parityCaseSize(caseJson: Uint8Array): { weights: number; inputs: number } {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(caseJson))
  } catch {
    return { weights: 0, inputs: 0 }
  }
  const described = schema.safeParse(json).data
  const weights = described?.weights?.tensors.map(([, extents]) => extents) ?? []
  return { weights: count(weights), inputs: count(described?.inputs?.map(input => input.shape) ?? []) }
}

function count(shapes: readonly number[][]): number {
  return shapes.reduce((sum, extents) => sum + extents.reduce((size, extent) => size * extent, 1), 0)
}
