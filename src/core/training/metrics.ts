/** Landslide-class scores from one pooled confusion count; null where the ratio is 0/0. */
export interface SegmentationMetrics {
  truePositive: number
  falsePositive: number
  falseNegative: number
  trueNegative: number
  precision: number | null
  recall: number | null
  f1: number | null
  iou: number | null
}
