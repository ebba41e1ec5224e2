import type { NetworkFamily } from '../core/models/network'
import type { BandStatistics } from '../core/patches/statistics'
import type { RoundConfig, RoundNetworkRecord } from '../core/refinement/round'
import type { Verdict } from '../core/review/verdict'

/** What the state of the network under way was when it was last saved. */
export interface SavedProgress {
  family: NetworkFamily
  /** Optimiser steps taken. */
  step: number
  /** ISO 8601. */
  at: string
}

/** What was drawn of one network until the last save. */
export interface SavedCurve {
  steps: number
  /** [step, loss], thinned. */
  losses: [number, number][]
  /** [step, landslide F1 on the held-out block; null where 0/0]. */
  heldOut: [number, number | null][]
}

/**
 * A round that has begun and is not on record yet: everything that was settled at its start, so that it ends with the
 * same weights whatever happens to the project meanwhile, and how far it has come.
 */
export interface UnfinishedRound {
  id: string
  /** 1 for the first. */
  index: number
  parentRoundId: string | null
  /** ISO 8601. */
  at: string
  config: RoundConfig
  statistics: { source: BandStatistics; target: BandStatistics | null }
  /** In force when it began; the masks and probabilities that labels are made of lie frozen beside it. */
  verdicts: Verdict[]
  sourcePatchIds: string[]
  heldOutPatchIds: string[]
  targetPatchIds: string[]
  /** Model that each network goes on from; absent: its seeded initialisation. */
  parents: Partial<Record<NetworkFamily, string>>
  /** Networks that are done, their models and probabilities stored. */
  finished: RoundNetworkRecord[]
  saved: SavedProgress | null
  curves: Partial<Record<NetworkFamily, SavedCurve>>
  /** Times that it was taken up again. */
  resumed: number
  /** Why it stopped, in words; null: nobody could say, as after a closed tab. */
  stopped: string | null
}
