import type { BackendName } from '../gpu/engine'
import type { NetworkFamily } from '../models/network'
import type { BandStatistics } from '../patches/statistics'
import type { SegmentationMetrics } from '../training/metrics'
import type { TrainingConfig } from '../training/trainingConfig'
import type { PseudoLabelRule } from './pseudoLabel'

export interface RoundNetworkRecord {
  modelId: string
  family: NetworkFamily
  preset: string
  /** SHA-256 (hex) of weights.safetensors. */
  weightsHash: string
  /** Model this one was fine-tuned from; null: trained from its seeded initialisation. */
  parentModelId: string | null
  /** Step of the best held-out F1, whose weights were kept; the last step where nothing was held out. */
  bestStep: number
  /** [step, loss] samples over the whole run. */
  losses: [number, number][]
  heldOut: SegmentationMetrics | null
}

/** One turn of progressive label refinement. Immutable once written. */
export interface RoundRecord {
  id: string
  /** 1 for the first. */
  index: number
  /** null only for the first. */
  parentRoundId: string | null
  at: string
  seed: number
  backend: BackendName
  adapter: string
  /** The whole typed configuration, as run. */
  config: RoundConfig
  statistics: { source: BandStatistics | null; target: BandStatistics | null }
  verdictIds: string[]
  sourcePatchIds: string[]
  targetPatchIds: string[]
  heldOutPatchIds: string[]
  networks: RoundNetworkRecord[]
  ensembleHeldOut: SegmentationMetrics | null
  /** Why there is no held-out score, or which checkpoint was kept, in words. */
  notes: string[]
  seconds: number
}

/** Every knob of a round; defaults in `defaultRoundConfig`, rulings in docs/method.md. */
export interface RoundConfig extends TrainingConfig {
  families: NetworkFamily[]
  preset: string
  pseudoLabel: PseudoLabelRule
  /** Probability from which a pixel counts as landslide in the held-out scores. */
  decisionThreshold: number
}
