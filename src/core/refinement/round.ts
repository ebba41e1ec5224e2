import type { BackendName } from '../gpu/engine'
import type { NetworkFamily } from '../models/network'
import type { BandStatistics } from '../patches/statistics'
import type { SegmentationMetrics } from '../training/metrics'

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
export interface RoundConfig {
  families: NetworkFamily[]
  preset: string
  /** Optimiser steps per network. */
  steps: number
  /** Patches per forward pass. */
  microBatch: number
  /** Forward passes accumulated into one optimiser step. */
  accumulate: number
  learningRate: number
  weightDecay: number
  warmupSteps: number
  gradientClip: number
  labelSmoothing: number
  lovaszWeight: number
  crossEntropyWeight: number
  /** Weight of the target domain's loss (LoveCS: 0.5). */
  targetWeight: number
  pseudoLabel: { high: number; low: number; binary: boolean }
  augment: boolean
  /** Side of the square training crop; patches are 128. */
  cropSize: number
  /** Evaluate on the held-out split every so many steps. */
  evaluateEvery: number
  seed: number
}
