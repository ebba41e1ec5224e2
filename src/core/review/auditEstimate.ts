import { randomStream } from '../foundation/random'
import type { MaskAgreement } from '../masks/compareMasks'

/** A share with its 95 % interval; null where it is 0/0. */
export interface Estimate {
  value: number
  low: number
  high: number
}

/** What a reviewed random sample says of the networks, the analyst's masks taken as truth. */
export interface AuditEstimate {
  /** Patches it rests on. */
  patches: number
  precision: Estimate | null
  recall: Estimate | null
  /** Pixels that the analyst changed, and pixels compared. */
  changed: number
  pixels: number
}

const RESAMPLES = 1000

/**
 * Landslide precision and recall of the networks over all pixels of the sample, with percentile bootstrap intervals
 * (Efron, 1979) over patches, since pixels of one patch are not independent. With fewer than two patches the interval
 * is everything.
 *
 * @param agreements one for each patch of a random sample that was accepted or corrected
 */
export function auditEstimate(agreements: readonly MaskAgreement[], seed = 1): AuditEstimate {
  const whole = sum(agreements)
  const random = randomStream(seed, 'audit-interval')
  const resampled =
    agreements.length < 2
      ? []
      : Array.from({ length: RESAMPLES }, () => sum(agreements.map(() => random.pick(agreements))))
  return {
    patches: agreements.length,
    precision: interval(precision(whole), resampled.map(precision), agreements.length),
    recall: interval(recall(whole), resampled.map(recall), agreements.length),
    changed: whole.added + whole.removed,
    pixels: whole.pixels,
  }
}

function sum(agreements: readonly MaskAgreement[]): MaskAgreement {
  const total = { kept: 0, added: 0, removed: 0, pixels: 0 }
  for (const { kept, added, removed, pixels } of agreements) {
    total.kept += kept
    total.added += added
    total.removed += removed
    total.pixels += pixels
  }
  return total
}

const precision = ({ kept, removed }: MaskAgreement): number => kept / (kept + removed)
const recall = ({ kept, added }: MaskAgreement): number => kept / (kept + added)

function interval(value: number, resampled: readonly number[], patches: number): Estimate | null {
  if (Number.isNaN(value)) return null
  const values = resampled.filter(other => !Number.isNaN(other)).sort((a, b) => a - b)
  if (values.length === 0) return { value, low: 0, high: 1 }
  const at = (share: number) => values[Math.min(values.length - 1, Math.floor(share * values.length))]!
  // Where no patch has a fault, resampling finds none either: the rule of three says how rare it may still be.
  const rare = Math.min(1, 3 / patches)
  return {
    value,
    low: value === 1 ? 1 - rare : at(0.025),
    high: value === 0 ? rare : at(0.975),
  }
}
