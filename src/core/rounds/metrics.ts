import { IGNORE, LANDSLIDE } from '../patches/patch'

/** Pixel counts of the landslide class over everything that was counted. */
export interface ConfusionCounts {
  truePositive: number
  falsePositive: number
  falseNegative: number
  trueNegative: number
}

/** Landslide-class scores from one pooled confusion count; null where the ratio is 0/0. */
export interface SegmentationMetrics extends ConfusionCounts {
  precision: number | null
  recall: number | null
  f1: number | null
  iou: number | null
}

export function emptyConfusion(): ConfusionCounts {
  return { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0 }
}

/**
 * Counts one mask against its truth.
 *
 * @param prediction [H, W], 1 landslide; anything else (255 of a pixel without data too) counts as background,
 *   so that declining to decide never raises a score.
 * @param truth [H, W] of 0, 1, 255; pixels of 255 are left out.
 */
export function confusion(prediction: ArrayLike<number>, truth: ArrayLike<number>): ConfusionCounts {
  if (prediction.length !== truth.length) {
    throw new RangeError(`A mask of ${prediction.length} pixels cannot be scored against ${truth.length}.`)
  }
  const counts = emptyConfusion()
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] === IGNORE) continue
    const found = prediction[i] === LANDSLIDE
    if (truth[i] === LANDSLIDE) {
      if (found) counts.truePositive++
      else counts.falseNegative++
    } else if (found) counts.falsePositive++
    else counts.trueNegative++
  }
  return counts
}

/** Pools two counts: scores are taken once, over the sum, never averaged over patches. */
export function addConfusion(a: ConfusionCounts, b: ConfusionCounts): ConfusionCounts {
  return {
    truePositive: a.truePositive + b.truePositive,
    falsePositive: a.falsePositive + b.falsePositive,
    falseNegative: a.falseNegative + b.falseNegative,
    trueNegative: a.trueNegative + b.trueNegative,
  }
}

/** Precision tp/(tp+fp), recall tp/(tp+fn), F1 2tp/(2tp+fp+fn), IoU tp/(tp+fp+fn). */
export function scores(counts: ConfusionCounts): SegmentationMetrics {
  const { truePositive: tp, falsePositive: fp, falseNegative: fn } = counts
  return {
    ...counts,
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    iou: ratio(tp, tp + fp + fn),
  }
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

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
