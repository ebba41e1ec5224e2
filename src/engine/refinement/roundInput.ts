import type { JobContext } from '../../core/foundation/job'
import type { BandStatistics } from '../../core/patches/statistics'
import type { Verdict } from '../../core/review/verdict'
import type { EngineInfo } from '../../core/rounds/engineInfo'
import type { NetworkFamily } from '../../core/rounds/networks'
import type { ProbabilityTally } from '../../core/rounds/probabilityTally'
import type { RoundNetworkRecord, RoundRecord, TrainingEvent } from '../../core/rounds/round'
import type { RoundConfig } from '../../core/rounds/roundConfig'
import type { PatchProvider } from './patchProvider'
import type { LabelStore } from './targetLabels'

/** A model as files by name: manifest.json, weights.safetensors, ... */
export interface ModelFiles {
  id: string
  files: Record<string, Uint8Array>
}

/**
 * Where labels come from and probabilities go; the project store has these methods. Until a round writes a patch's
 * new ensemble, reading it gives that of the round before, in a resumed round too: it is what the round learns from
 * and is compared with.
 */
export interface RoundStore extends LabelStore {
  writeProbability(patchId: string, modelId: string, probability: Float32Array): Promise<void>
}

/** One network of a round, trained, with its predictions already in the store. */
export interface FinishedNetwork {
  model: ModelFiles
  record: RoundNetworkRecord
}

/** Where the state of the network in training is kept, so that an interrupted round continues in the middle of it. */
export interface RoundTrainingCheckpoint {
  /** The state that an interrupted run of this very round left; null: none. */
  read(family: NetworkFamily): Promise<Uint8Array | null>
  write(family: NetworkFamily, bytes: Uint8Array): Promise<void>
  /** Called when the network is finished and, by `onNetwork`, durable. */
  clear(family: NetworkFamily): Promise<void>
  /** Asked after every step: true writes the state. The caller holds the clock. */
  due(): boolean
}

export interface RoundInput {
  /** Names the round and, with the family, its models; see `roundId`. */
  id: string
  /** 1 for the first. */
  index: number
  parentRoundId: string | null
  /** ISO 8601, from the caller's clock. */
  at: string
  /** The caller's clock in milliseconds, for the seconds on record. */
  now: () => number
  config: RoundConfig
  engine: Pick<EngineInfo, 'backend' | 'adapter'>
  /** Labelled patches to train on: without the held-out ones. Of none, the accepted masks of the target teach. */
  source: PatchProvider
  /** Labelled source patches that are never trained on; may be empty. */
  heldOut: PatchProvider
  /**
   * Target patches that are never trained on, judged or not. Where the analyst accepted masks of them, they are what
   * scores are from, instead of `heldOut`: they are of the event that is mapped.
   */
  heldOutTargetIds?: readonly string[]
  /** The new event; null: there is none yet. */
  target: PatchProvider | null
  /**
   * Each of its own domain, held-out patches counted in; without labelled source patches `source` is what the parents
   * learned from, which the target's own are drawn towards. `target` may be null where there is no target.
   */
  statistics: { source: BandStatistics; target: BandStatistics | null }
  /** Current ones, of any patch; a corrected label is what `source` and `heldOut` load already. */
  verdicts: readonly Verdict[]
  store: RoundStore
  /** What each network starts from: the last round's model or a starter; absent or null: its seeded initialisation. */
  parents: Partial<Record<NetworkFamily, ModelFiles | null>>
  /** Models that are not trained and stay in the ensemble, of other families than those that are. */
  kept?: readonly ModelFiles[]
  /** How the maps before it scored, where an interrupted run of this very round worked it out; absent: not yet. */
  heldOutBefore?: ProbabilityTally | null | undefined
  /** Called when that is worked out: the place to make it durable. */
  onHeldOutBefore?: (tally: ProbabilityTally | null) => Promise<void>
  /** Networks of this very round that an interrupted run had finished. */
  finished?: readonly FinishedNetwork[]
  /** Called as soon as a network is done, its predictions stored: the place to make it durable. */
  onNetwork?: (finished: FinishedNetwork) => Promise<void>
  /** Called when the mean is done and the manifests say what its masks are cut at: the place to write them again. */
  onModels?: (models: readonly ModelFiles[]) => Promise<void>
  trainingCheckpoint?: RoundTrainingCheckpoint
}

export type RoundEvent = TrainingEvent | { kind: 'predicted'; patchId: string }

export interface RoundContext extends JobContext {
  onEvent?: (event: RoundEvent) => void
  /** Asked before each step: true ends a network's training early, keeping what was best so far. */
  finish?: () => boolean
  /** Asked before each step and each prediction: true ends the round with AppError `paused`, to be resumed. */
  pause?: () => boolean
}

export interface RoundResult {
  record: RoundRecord
  models: ModelFiles[]
  /** Patches whose probabilities were stored, per model id and for "ensemble": target, then held-out. */
  predicted: string[]
}
