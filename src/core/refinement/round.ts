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

/** The ensemble's probabilities over the target patches, pixels without data left out. */
export interface TargetRecord {
  /** Pixels whose side of the decision threshold changed since the previous ensemble; null: there was none. */
  changedPixels: ChangedPixels | null
  /** Pixels by probability, 20 bins of 0.05; 1 counts to the last. */
  confidence: number[]
}

export interface ChangedPixels {
  /** Background before, landslide now. */
  gained: number
  /** Landslide before, background now. */
  lost: number
  /** Pixels that both ensembles judged. */
  compared: number
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
  /** What the round says of the new event; null where there is none. */
  target: TargetRecord | null
  /** Why there is no held-out score, or which checkpoint was kept, in words. */
  notes: string[]
  seconds: number
}

/** Every knob of a round; defaults in `defaultRoundConfig`, rulings in docs/method.md. */
export interface RoundConfig extends TrainingConfig {
  /** Any of the five, each at most once, in the order in which they are trained. */
  families: NetworkFamily[]
  /** Size of the networks that `presets` does not name. */
  preset: string
  /** Size of a network that is made anew in this round; one that goes on from a model keeps that model's. */
  presets?: Partial<Record<NetworkFamily, string>>
  pseudoLabel: PseudoLabelRule
  /** Pseudo-labels carry the probability into the cross-entropy as a soft target; reviewed masks stay hard. */
  softPseudoLabels: boolean
  /** Each domain is z-scored by its own statistics; false: both by the source's, the paper's baseline. */
  separatedNormalisation: boolean
  /** Predictions are means over the 8 flips and quarter turns, for eight times the work. */
  testTimeFlips: boolean
  /** Refinement stops when a smaller share of the target's pixels changed sides in a round; 0: it never does. */
  stopWhenChangedBelow: number
  /** Probability from which a pixel counts as landslide in the held-out scores. */
  decisionThreshold: number
}
