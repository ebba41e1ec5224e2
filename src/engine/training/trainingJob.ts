import type { JobContext } from '../../core/foundation/job'
import { fingerprintOf } from '../../core/foundation/sha256'
import type { Domain } from '../../core/patches/patch'
import type { SegmentationMetrics } from '../../core/rounds/metrics'
import type { TrainingEvent } from '../../core/rounds/round'
import { defaultTrainingConfig, type TrainingConfig } from '../../core/rounds/roundConfig'
import type { SegmentationNetwork } from '../models/network'
import type { SampleProvider } from './trainingSample'

/** SHA-256 (hex) of what a run's results follow from: two runs of one digest may share a checkpoint. */
export function runDigest(
  network: Pick<SegmentationNetwork, 'family' | 'preset' | 'bands' | 'classes' | 'options'>,
  data: Pick<TrainingData, 'source' | 'sourceDomain' | 'target' | 'sourceOnlySteps' | 'identity'>,
  config: TrainingConfig,
): Promise<string> {
  const { family, preset, bands, classes, options = {} } = network
  // A caller's object may hold more than training looks at.
  const keys = Object.keys(defaultTrainingConfig).sort() as (keyof TrainingConfig)[]
  const facts = {
    network: { family, preset, bands, classes, options: Object.entries(options).sort() },
    config: keys.map(key => [key, config[key]]),
    source: data.source.ids,
    // Absent as in runs of earlier versions, so that those are resumed.
    ...(data.sourceDomain === 'target' && { sourceDomain: 'target' }),
    target: data.target?.ids ?? [],
    sourceOnlySteps: data.sourceOnlySteps,
    identity: data.identity ?? '',
  }
  return fingerprintOf(facts)
}

export interface TrainingContext extends JobContext {
  onEvent?: (event: TrainingEvent) => void
  /** Asked before each step: true ends the run early, keeping what was best so far. */
  finish?: () => boolean
  /** Asked before each step: true saves a checkpoint, where there is one, and ends the run with AppError `paused`. */
  pause?: () => boolean
  checkpoint?: TrainingCheckpoint
}

/** Where a run's state is kept, so that another process can continue with bit-equal results. */
export interface TrainingCheckpoint {
  /** A state that `save` was given; null: start from the beginning. */
  resumeFrom: Uint8Array | null
  /** Asked after every step (from 1): true saves the state. The caller holds the clock. */
  due(step: number): boolean
  /** Makes the state durable; training continues when the promise is fulfilled. */
  save(bytes: Uint8Array): Promise<void>
}

export interface TrainingData {
  /** Labelled patches; never the held-out ones. */
  source: SampleProvider
  /** By whose statistics they are normalised in the network; 'target' for labels of the new event itself. */
  sourceDomain?: Domain
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
