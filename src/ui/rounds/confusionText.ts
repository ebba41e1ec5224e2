import type { ConfusionCounts } from '../../core/training/metrics'

/** "4,120 found, 310 false, 96 missed, of 98,304 pixels". */
export function confusionText(counts: ConfusionCounts): string {
  const { truePositive, falsePositive, falseNegative, trueNegative } = counts
  const total = truePositive + falsePositive + falseNegative + trueNegative
  const say = (pixels: number) => pixels.toLocaleString('en')
  return `${say(truePositive)} found, ${say(falsePositive)} false, ${say(falseNegative)} missed, of ${say(total)} held-out pixels`
}
