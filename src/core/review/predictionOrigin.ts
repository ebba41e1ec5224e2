import type { Domain } from '../patches/patch'
import { describeTargetStatistics, type StatisticsRule } from '../patches/targetStatistics'
import { type RoundRecord, roundEnsemble } from '../rounds/round'

/** What made the "ensemble" probability of a patch. */
export interface PredictionOrigin {
  /** ISO 8601. */
  at: string
  /** Latest round that any of the models is of; null: models from before any round. */
  roundId: string | null
  /** Those whose mean it is, each with the SHA-256 (hex) of its weights. */
  models: { id: string; weightsHash: string }[]
  /** By what the patch was z-scored: the rule, and what came of it in words, once for each that differs. */
  rule: StatisticsRule
  normalisation: string[]
}

/**
 * What made the maps of a round.
 *
 * @param domain of the patch: labelled ones are z-scored by their own statistics in a round.
 */
export function roundOrigin(round: RoundRecord, domain: Domain): PredictionOrigin {
  const { at, id: roundId, config, normalisation, kept = [] } = round
  const own = { own: 1, patches: null, rule: 'self' } as const
  const used = domain === 'source' ? [own] : [normalisation, ...kept.map(network => network.normalisation)]
  return {
    at,
    roundId,
    models: roundEnsemble(round).map(({ modelId: id, weightsHash }) => ({ id, weightsHash })),
    rule: domain === 'source' ? own.rule : config.targetStatistics,
    normalisation: [...new Set(used.flatMap(shares => (shares ? [describeTargetStatistics(shares)] : [])))],
  }
}

/** What a mask was before an analyst painted or judged it: a prediction cut at a threshold, or a label. */
export interface MaskBase {
  threshold: number
  /** True where it was the label that the patch came with. */
  label?: boolean
  /** Path of the file that it was read from and attached as a correction. */
  file?: string
  /** null: nothing had predicted the patch, the mask was empty. Absent: what predicted it is not on record. */
  prediction?: PredictionOrigin | null
}
