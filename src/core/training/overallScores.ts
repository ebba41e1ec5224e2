import { type ConfusionCounts, scores } from './metrics'

/** Scores of both classes together, from one pooled confusion count; null where a ratio is 0/0. */
export interface OverallScores {
  /** Share of counted pixels that are right. High for any mask where landslides are rare: read it beside the IoU. */
  overallAccuracy: number | null
  /** Mean of the IoU of background and landslide; null where either is. */
  meanIou: number | null
  /** Mean of the F1 of background and landslide; null where either is. */
  meanF1: number | null
  /** Cohen's kappa: agreement beyond chance, (po - pe) / (1 - pe). */
  kappa: number | null
  /** Matthews' correlation coefficient. */
  mcc: number | null
}

export function overallScores(counts: ConfusionCounts): OverallScores {
  const { truePositive: tp, falsePositive: fp, falseNegative: fn, trueNegative: tn } = counts
  const landslide = scores(counts)
  const background = scores({ truePositive: tn, falsePositive: fn, falseNegative: fp, trueNegative: tp })
  const all = tp + fp + fn + tn
  // Products of up to four counts pass 2^53: shares instead of counts keep them near 1.
  const [p, q, r, s] = [tp, fp, fn, tn].map(count => count / Math.max(1, all)) as [
    number,
    number,
    number,
    number,
  ]
  const byChance = (p + q) * (p + r) + (s + q) * (s + r)
  return {
    overallAccuracy: ratio(tp + tn, all),
    meanIou: mean(landslide.iou, background.iou),
    meanF1: mean(landslide.f1, background.f1),
    // Chance agrees wholly only where truth and mask are one and the same class.
    kappa: all === 0 || tp === all || tn === all ? null : (p + s - byChance) / (1 - byChance),
    mcc: ratio(p * s - q * r, Math.sqrt((p + q) * (p + r) * (s + q) * (s + r))),
  }
}

function mean(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : (a + b) / 2
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
