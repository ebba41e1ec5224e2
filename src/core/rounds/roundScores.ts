import { type SegmentationMetrics, scores } from './metrics'
import { countsAt, type ProbabilityTally } from './probabilityTally'
import type { ChangedPixels, KeptNetwork, RoundNetworkRecord, RoundRecord } from './round'

/** Scores on the held-out patches, and the threshold of the masks that were scored. */
export interface ScoresAt {
  metrics: SegmentationMetrics
  threshold: number
}

function tallied(tally: ProbabilityTally | null | undefined, threshold: number): ScoresAt | null {
  return tally ? { metrics: scores(countsAt(tally, threshold)), threshold } : null
}

/**
 * Scores of a round's masks at a threshold, a multiple of 0.01. Rounds of earlier versions know those at their own
 * `decisionThreshold` only. null: nothing was held out.
 */
export function roundScoresAt(round: RoundRecord, threshold: number): ScoresAt | null {
  const { heldOutTally, ensembleHeldOut: metrics, config } = round
  return tallied(heldOutTally, threshold) ?? (metrics && { metrics, threshold: config.decisionThreshold })
}

/** `roundScoresAt` for one of its networks alone. */
export function networkScoresAt(
  { tally, heldOut: metrics = null }: KeptNetwork & Partial<Pick<RoundNetworkRecord, 'heldOut'>>,
  { config }: Pick<RoundRecord, 'config'>,
  threshold: number,
): ScoresAt | null {
  return tallied(tally, threshold) ?? (metrics && { metrics, threshold: config.decisionThreshold })
}

/** Scores of the masks from before a round on the patches that it was scored on; null: not recorded. */
export function scoresBeforeAt(round: RoundRecord, threshold: number): ScoresAt | null {
  return tallied(round.heldOutBefore, threshold)
}

/** F1 of a round and of what was before it, where the round made it worse by as much as is shown; else null. */
export function worseF1(round: RoundRecord, threshold: number): { before: number; after: number } | null {
  const before = scoresBeforeAt(round, threshold)?.metrics.f1 ?? null
  const scored = roundScoresAt(round, threshold)
  const after = scored?.threshold === threshold ? scored.metrics.f1 : null
  return before !== null && after !== null && before - after >= 0.0005 ? { before, after } : null
}

/** What a round changed of the target's masks at a threshold; of earlier versions, at their `decisionThreshold`. */
export function changedAt({ target, config }: RoundRecord, threshold: number): ChangedPixels | null {
  if (!target?.changedPixels) return null
  const { changes, changedPixels } = target
  const step = Math.round(threshold * 100)
  if (!changes || threshold === config.decisionThreshold) return changedPixels
  return {
    gained: changes.gained[step] ?? 0,
    lost: changes.lost[step] ?? 0,
    compared: changedPixels.compared,
  }
}
