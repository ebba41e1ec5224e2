import { AppError } from '../foundation/appError'
import { BACKGROUND, IGNORE, LANDSLIDE } from '../patches/patch'

/** Model id of the mean of a round's networks, where probabilities are stored. */
export const ENSEMBLE = 'ensemble'

/**
 * Mean of the networks' probabilities (the paper's ensemble).
 *
 * @param members [H, W] each, in the order of the round's record; NaN stays NaN.
 * @returns [H, W] float32; summed in float64 in the given order, so that the result depends on nothing else.
 * @throws AppError `bad-argument` for none, `shape-mismatch` if they differ in size.
 */
export function ensembleMean(members: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const first = members[0]
  if (!first) throw new AppError('bad-argument', 'An ensemble needs at least one network.')
  if (members.some(member => member.length !== first.length)) {
    throw new AppError(
      'shape-mismatch',
      'The networks’ probabilities differ in size, so they have no mean. Run the ensemble again.',
    )
  }
  const mean = new Float32Array(first.length)
  for (let i = 0; i < mean.length; i++) {
    let sum = 0
    for (const member of members) sum += member[i]!
    mean[i] = sum / members.length
  }
  return mean
}

export interface PseudoLabelRule {
  /** At or above: landslide. */
  high: number
  /** At or below: background. Between the two: ignored. */
  low: number
  /** The paper's reading: everything below `high` is background, nothing is ignored. */
  binary: boolean
}

/** 0.7 from the paper; the ignore band is our ruling where the paper is silent (docs/method.md). */
export const defaultPseudoLabelRule: PseudoLabelRule = { high: 0.7, low: 0.3, binary: false }

/**
 * Turns the ensemble's probability into a training label.
 *
 * @param probability [H, W] of 0..1; NaN (no data) becomes 255.
 * @param valid [H, W], 0 where the pixel holds no data: 255 there. null: all valid.
 * @returns [H, W] of 0, 1, 255.
 */
export function pseudoLabel(
  probability: Float32Array,
  rule: PseudoLabelRule = defaultPseudoLabelRule,
  valid: Uint8Array | null = null,
): Uint8Array {
  // Probabilities are float32: 0.7 arrives as 0.69999999, which must still count as "at 0.7".
  const high = Math.fround(rule.high)
  const low = Math.fround(rule.low)
  const label = new Uint8Array(probability.length)
  for (let i = 0; i < probability.length; i++) {
    const p = probability[i]!
    if (Number.isNaN(p) || valid?.[i] === 0) label[i] = IGNORE
    else if (p >= high) label[i] = LANDSLIDE
    else label[i] = rule.binary || p <= low ? BACKGROUND : IGNORE
  }
  return label
}
