import { AppError } from '../foundation/appError'
import { throwIfGpuFailed } from '../gpu/webgpuBackend'
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
  if (mode === 'eval') return 'network'
  if (mode === 'loss') return 'losses'
  if (mode === 'metric') return 'metrics'
  if (mode === 'op') {
    const resizes = outputs.length > 0 && outputs.every(row => 'source' in row && 'mode' in row)
    return resizes ? 'resize' : 'operations'
  }
  if ('num_features' in config) return 'cross-sensor-layer'
  return 'net' in config ? 'cross-sensor-network' : 'training-step'
}

type Run = (parity: ParityCase) => Promise<ParityResult>

const KINDS: Partial<Record<ParityKind, Run>> = {
  losses: runLosses,
  metrics: runMetrics,
  network: runNetwork,
  operations: runOps,
  resize: runResize,
  'training-step': runTrainingStep,
}

/**
 * Computes what a case describes on the current backend and compares it with the peer's numbers.
 *
 * @throws AppError `model-invalid` where the case cannot be computed or names an output that cannot be produced,
 *   `shape-mismatch`, `weights-mismatch`. Every tensor is freed then, too.
 */
export async function runParityCase(parity: ParityCase): Promise<ParityResult> {
  const kind = parityKind(parity)
  const run = KINDS[kind]
  if (!run) throw new AppError('model-invalid', `${parity.name}: cases of ${kind} cannot be run yet.`)
  const result = await run(parity)
  // The GPU reports errors late and leaves stale numbers behind.
  throwIfGpuFailed()
  return result
}
