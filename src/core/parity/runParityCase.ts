import { throwIfGpuFailed } from '../gpu/webgpuBackend'
import { runCsnLayer } from './kinds/csnLayer'
import { runCsnNet } from './kinds/csnNet'
import { runLosses } from './kinds/losses'
import { runMetrics } from './kinds/metrics'
import { runNetwork } from './kinds/network'
import { runOps } from './kinds/ops'
import { runResize } from './kinds/resize'
import { runTrainingStep } from './kinds/trainingStep'
import type { ParityCase } from './parityCase'
import type { ParityResult } from './parityRow'

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

/** Told by the case's mode and by what only one kind describes; never by its name. */
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
