import { type MaskProvenance, maskStateText, type RecordedOrigin } from '../review/provenance'
import type { RoundRecord } from '../rounds/round'

export const UNKNOWN = 'not recorded'

/**
 * GDAL metadata that says of a mask who judged it and what made it, at the time when that was done. Anything that is not
 * known says so, so that a missing word never reads as an answer.
 *
 * @param rounds of the project: they name rounds, and hold the hashes of weights that older versions did not keep
 */
export function maskTags(
  { state, at, threshold, prediction, label, file, verdict }: MaskProvenance,
  rounds: readonly RoundRecord[],
): Record<string, string> {
  return {
    SCARP_MASK: maskStateText(state),
    SCARP_VERDICT: verdict?.kind ?? 'none',
    ...(verdict?.reviewer && { SCARP_REVIEWER: verdict.reviewer }),
    ...(verdict?.note && { SCARP_NOTE: verdict.note }),
    SCARP_AT: at ?? UNKNOWN,
    SCARP_THRESHOLD: prediction ? (threshold?.toString() ?? UNKNOWN) : 'none',
    ...(label ? labelTags(verdict) : predictionTags(prediction, rounds)),
    ...(file && { SCARP_FILE: file, SCARP_MODELS: 'none: read from a file' }),
  }
}

/** A given label has no models; what was done to it is said in pixels. */
function labelTags(verdict: MaskProvenance['verdict']): Record<string, string> {
  const edits = verdict?.agreement
  const change = edits
    ? `: ${edits.added} landslide pixels added, ${edits.removed} removed, of ${edits.pixels}`
    : ''
  return { SCARP_ROUND: 'none', SCARP_MODELS: 'none: a given label', SCARP_LABEL: `edited by hand${change}` }
}

/** The same for a probability, which nobody judges. */
export function probabilityTags(
  prediction: RecordedOrigin,
  rounds: readonly RoundRecord[],
): Record<string, string> {
  return { SCARP_AT: prediction.at ?? UNKNOWN, ...predictionTags(prediction, rounds) }
}

function predictionTags(
  prediction: RecordedOrigin | null,
  rounds: readonly RoundRecord[],
): Record<string, string> {
  if (!prediction) return { SCARP_ROUND: 'none', SCARP_MODELS: 'none: drawn by hand' }
  const { roundId, models, rule, normalisation } = prediction
  const round = rounds.find(({ id }) => id === roundId)
  const networks = rounds.flatMap(each => each.networks)
  const hashOf = (id: string) => networks.find(({ modelId }) => modelId === id)?.weightsHash ?? UNKNOWN
  return {
    SCARP_ROUND: round ? `${round.index} (${round.id})` : (roundId ?? (models ? 'none' : UNKNOWN)),
    SCARP_MODELS: models?.map(({ id }) => id).join(' ') ?? UNKNOWN,
    SCARP_WEIGHTS:
      models?.map(({ id, weightsHash }) => `${id}=${weightsHash ?? hashOf(id)}`).join(' ') ?? UNKNOWN,
    SCARP_STATISTICS_RULE: rule ?? UNKNOWN,
    SCARP_STATISTICS: normalisation.join('; ') || UNKNOWN,
    SCARP_PREDICTED_AT: prediction.at ?? UNKNOWN,
  }
}
