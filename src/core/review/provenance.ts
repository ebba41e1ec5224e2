import type { StatisticsRule } from '../patches/targetStatistics'
import type { MaskBase, PredictionOrigin } from './predictionOrigin'
import type { Verdict, VerdictKind } from './verdict'

/** What of a history step matters here. */
export interface OriginStep {
  kind: string
  undone: boolean
  verdictAfter?: Verdict | null
  at?: string
  base?: MaskBase
  restores?: boolean
}

/**
 * The steps that made the mask of a patch what it is: those that stand, from the last that put back what the patch
 * came with.
 *
 * @param steps of one patch, in the order in which they were taken.
 */
export function shapingSteps<Step extends Pick<OriginStep, 'undone' | 'restores'>>(
  steps: readonly Step[],
): Step[] {
  const standing = steps.filter(step => !step.undone)
  return standing.slice(standing.findLastIndex(step => step.restores) + 1)
}

/**
 * What a mask that was painted or judged began from; null where its steps, of an older version, do not say.
 *
 * @param steps of one patch, in the order in which they were taken.
 */
export function maskBase(steps: readonly OriginStep[]): MaskBase | null {
  return shapingSteps(steps).findLast(step => step.base !== undefined)?.base ?? null
}

/** What became of a mask: a verdict, or why there is none. */
export type MaskState = VerdictKind | 'painted' | 'predicted'

export const MASK_STATES: readonly MaskState[] = [
  'accepted',
  'corrected',
  'label-corrected',
  'painted',
  'predicted',
  'rejected',
  'unsure',
]

/** "predicted, not reviewed": as a file of the mask says it. */
export function maskStateText(state: MaskState): string {
  return STATE_TEXTS[state]
}

/** Which of two masks of one place counts: that of the higher. */
export function stateRank(state: MaskState): number {
  return STATE_RANKS[state]
}

const STATE_RANKS: Record<MaskState, number> = {
  accepted: 2,
  corrected: 2,
  'label-corrected': 2,
  painted: 1,
  predicted: 0,
  unsure: -1,
  rejected: -2,
}

const STATE_TEXTS: Record<MaskState, string> = {
  accepted: 'accepted',
  corrected: 'corrected',
  'label-corrected': 'label corrected',
  painted: 'painted, not judged',
  predicted: 'predicted, not reviewed',
  rejected: 'rejected',
  unsure: 'unsure',
}

/** "2 accepted, 1 predicted, not reviewed"; empty for none. */
export function countStates(states: readonly MaskState[]): string {
  return MASK_STATES.map(state => ({ state, count: states.filter(other => other === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${STATE_TEXTS[state]}`)
    .join('; ')
}

/** `PredictionOrigin` as far as it is on record: older versions kept the models' names only. */
export interface RecordedOrigin {
  at: string | null
  roundId: string | null
  /** null: not recorded. */
  models: { id: string; weightsHash: string | null }[] | null
  rule: StatisticsRule | null
  normalisation: string[]
}

interface Predicted {
  predictedBy?: readonly string[]
  prediction?: PredictionOrigin
}

export interface MaskProvenance {
  state: MaskState
  /** When the mask was judged, else painted last, else predicted; null: not recorded. */
  at: string | null
  /** null: not recorded. */
  threshold: number | null
  /** null: nothing predicted it, it was drawn. */
  prediction: RecordedOrigin | null
  /** Whether it was a given label before it was painted on. */
  label: boolean
  /** File that it was read from as a correction; null: none, or it is not recorded. */
  file: string | null
  /** The current one; null: there is none. */
  verdict: Verdict | null
}

/**
 * Where a patch's mask comes from: what made it when it was made, not what is there now.
 *
 * @param patch its current prediction
 * @param steps of the patch, in the order in which they were taken
 * @param threshold of masks that were neither painted nor judged
 */
export function maskProvenance(
  patch: Predicted,
  steps: readonly OriginStep[],
  threshold: number,
): MaskProvenance {
  const standing = shapingSteps(steps)
  const verdict = standing.findLast(step => step.verdictAfter !== undefined)?.verdictAfter ?? null
  const stroke = standing.findLast(step => step.kind === 'stroke')
  const base = maskBase(standing)
  const { label = false, file = null } = base ?? {}
  if (verdict) {
    const { kind: state, at, threshold: judgedAt, modelIds, roundId } = verdict
    const prediction = verdict.prediction !== undefined ? verdict.prediction : namesOnly(modelIds, roundId)
    return { state, at, threshold: judgedAt, prediction, label, file, verdict }
  }
  if (stroke) {
    const prediction = base?.prediction !== undefined ? base.prediction : namesOnly(null, null)
    return {
      state: 'painted',
      at: stroke.at ?? null,
      threshold: base?.threshold ?? null,
      prediction,
      label,
      file,
      verdict,
    }
  }
  const prediction = recordedOrigin(patch)
  return { state: 'predicted', at: prediction.at, threshold, prediction, label, file, verdict }
}

/** Changes when a mask is painted, judged, predicted again, or made with another threshold: tells that an export is out of date. */
export function maskVersion({ state, at, threshold }: MaskProvenance): string {
  return JSON.stringify([state, at, threshold])
}

/** What made the probability that is stored of a patch. */
export function recordedOrigin({ prediction, predictedBy }: Predicted): RecordedOrigin {
  return prediction ?? namesOnly(predictedBy ?? null, null)
}

function namesOnly(modelIds: readonly string[] | null, roundId: string | null): RecordedOrigin {
  const models = modelIds?.map(id => ({ id, weightsHash: null })) ?? null
  return { at: null, roundId, models, rule: null, normalisation: [] }
}
