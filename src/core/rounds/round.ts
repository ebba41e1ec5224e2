import type { BandStatistics } from '../patches/statistics'
import type { TargetShares } from '../patches/targetStatistics'
import type { BackendName } from './engineInfo'
import type { SegmentationMetrics } from './metrics'
import type { NetworkFamily } from './networks'
import type { ProbabilityTally } from './probabilityTally'
import type { RoundConfig } from './roundConfig'

/** A round's id from what makes it: no clock, so that one seed gives one record. */
export function roundId(index: number, seed: number): string {
  return `round-${index}-seed-${seed}`
}

/** Id of the model that a round makes of a family. */
export function roundModelId(id: string, family: NetworkFamily): string {
  return `${id}-${family}`
}

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
  /** Held-out pixels by the probability it gave them; absent where nothing was held out, and in earlier rounds. */
  tally?: ProbabilityTally
}

/** A network that a round did not train, and whose answers count to its mean. */
export interface KeptNetwork
  extends Pick<RoundNetworkRecord, 'modelId' | 'family' | 'weightsHash' | 'tally'> {
  /** By what it z-scores the target: its own statistics lead there. Absent without a target, and in earlier versions. */
  normalisation?: TargetShares
}

/** The ensemble's probabilities over the target patches, pixels without data left out. */
export interface TargetRecord {
  /** Pixels whose side of the decision threshold changed since the previous ensemble; null: there was none. */
  changedPixels: ChangedPixels | null
  /** The same at each threshold 0.00, 0.01 ... 1.00: [101] each; absent in rounds of earlier versions. */
  changes?: { gained: number[]; lost: number[] }
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
  /** By what the target was z-scored; null: there was none. Absent in rounds of earlier versions. */
  normalisation?: TargetShares | null
  verdictIds: string[]
  sourcePatchIds: string[]
  targetPatchIds: string[]
  heldOutPatchIds: string[]
  /** Those that it trained. */
  networks: RoundNetworkRecord[]
  /** Those of other families that predicted before it and still do; absent in rounds of earlier versions. */
  kept?: KeptNetwork[]
  ensembleHeldOut: SegmentationMetrics | null
  /** Held-out pixels by the probability that the mean gave them; null: there were none. Absent in earlier rounds. */
  heldOutTally?: ProbabilityTally | null
  /** The same of the maps before the round, those of the models before any round for the first; null: there were none. */
  heldOutBefore?: ProbabilityTally | null
  /** What masks are cut at, chosen on the held-out patches; null: there were none. Absent in earlier rounds. */
  maskThreshold?: number | null
  /** What the round says of the new event; null where there is none. */
  target: TargetRecord | null
  /** Why there is no held-out score, or which checkpoint was kept, in words. */
  notes: string[]
  seconds: number
}

/** The networks whose mean is a round's map, in the order of the sum. */
export function roundEnsemble({
  networks,
  kept = [],
}: Pick<RoundRecord, 'networks' | 'kept'>): KeptNetwork[] {
  return [...networks, ...kept]
}

/** The latest round that any of these models is of; null: none, as for models from before any round. */
export function roundOfModels(
  rounds: readonly RoundRecord[],
  modelIds: readonly string[],
): RoundRecord | null {
  const made = rounds.filter(({ networks }) => networks.some(({ modelId }) => modelIds.includes(modelId)))
  return made.reduce<RoundRecord | null>((latest, round) => {
    return latest && latest.index > round.index ? latest : round
  }, null)
}

/** Share of the compared pixels that changed sides; null where there was nothing to compare. */
export function changedShare(changed: ChangedPixels | null | undefined): number | null {
  return changed && changed.compared > 0 ? (changed.gained + changed.lost) / changed.compared : null
}

export type TrainingEvent =
  | { kind: 'loss'; family: NetworkFamily; step: number; steps: number; loss: number }
  | { kind: 'held-out'; family: NetworkFamily; step: number; metrics: SegmentationMetrics }
