import { AppError } from '../foundation/appError'
import type { JobContext } from '../foundation/progress'
import type { NetworkFamily, SegmentationNetwork } from '../models/network'
import type { SegmentationMetrics } from './metrics'
import type { TrainingConfig } from './trainingConfig'
import { TrainingRun } from './trainingRun'
import type { SampleProvider } from './trainingSample'

export type TrainingEvent =
  | { kind: 'loss'; family: NetworkFamily; step: number; steps: number; loss: number }
  | { kind: 'held-out'; family: NetworkFamily; step: number; metrics: SegmentationMetrics }

export interface TrainingContext extends JobContext {
  onEvent?: (event: TrainingEvent) => void
  /** Asked before each step: true ends the run early, keeping what was best so far. */
  finish?: () => boolean
  /** Asked before each step: true saves a checkpoint, where there is one, and ends the run with AppError `paused`. */
  pause?: () => boolean
  checkpoint?: TrainingCheckpoint
}

/** Where a run's state is kept, so that another process may go on with bit-equal results. */
export interface TrainingCheckpoint {
  /** A state that `save` was given; null: begin anew. */
  resumeFrom: Uint8Array | null
  /** Asked after every step (from 1): true saves the state. The caller holds the clock. */
  due(step: number): boolean
  /** Makes the state durable; training goes on when the promise is fulfilled. */
  save(bytes: Uint8Array): Promise<void>
}

export interface TrainingData {
  /** Labelled patches; never the held-out ones. */
  source: SampleProvider
  /** Patches of the new event with pseudo-labels or reviewed masks; null: the source alone. */
  target: SampleProvider | null
  /** Steps on the source alone before the target joins. */
  sourceOnlySteps: number
  /** Called once, when the target joins after source-only steps: the place to copy running statistics (CSN). */
  onTargetJoins?: () => void
  /** Scores the network on the held-out split; null: nothing is held out. */
  evaluate: ((signal: AbortSignal | undefined) => Promise<SegmentationMetrics>) | null
  /**
   * Names what the patches' ids do not: their labels, their statistics, the network's parent. A checkpoint of a run with
   * another one is refused.
   */
  identity?: string
}

export interface TrainingResult {
  /** [step, loss], step from 1; thinned to about 500 samples. */
  losses: [number, number][]
  /** Steps really taken; fewer than asked for if the run was finished early. */
  steps: number
  /** Step whose weights the network now holds. */
  bestStep: number
  /** Held-out scores at `bestStep`; null where nothing is held out. */
  heldOut: SegmentationMetrics | null
  notes: string[]
}

/**
 * Trains a network in place; on return it holds the weights of the best held-out landslide F1 (the last ones where
 * nothing is held out), averaged ones where `config.emaDecay` asks for them. Each step is a source pass and, once the
 * target has joined, a target pass: one domain per pass, the gradients of both summed. Everything random comes from
 * `config.seed`.
 *
 * Without cross-sensor normalisation both domains train with the source's statistics, and on return the target has a
 * copy of them, so that inference in either domain is the same.
 *
 * @throws AppError `aborted`; `paused`; `training-diverged` if the loss is not finite; `training-impossible` without
 *   patches; `model-invalid` or `weights-mismatch` for a checkpoint that is damaged or of another run; `gpu-limit`,
 *   `gpu-failed` or `gpu-lost` if the device refuses or fails. Nothing but the network is left behind. The network's
 *   weights are then those of the moment: load them anew.
 */
export async function trainNetwork(
  network: SegmentationNetwork,
  data: TrainingData,
  config: TrainingConfig,
  context: TrainingContext = {},
): Promise<TrainingResult> {
  if (data.source.ids.length === 0) {
    throw new AppError(
      'training-impossible',
      'There is no labelled source patch to train on: add some first.',
    )
  }
  const run = new TrainingRun(network, data, config, context)
  try {
    return await run.run()
  } finally {
    run.dispose()
  }
}
