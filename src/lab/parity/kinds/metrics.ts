import { AppError } from '../../../core/foundation/appError'
import { z } from '../../../core/foundation/schema'
import {
  addConfusion,
  type ConfusionCounts,
  confusion,
  emptyConfusion,
  overallScores,
  scores,
} from '../../../core/rounds/metrics'
import type { ParityCase } from '../parityCase'
import type { ParityResult } from '../parityReport'
import { storedIn } from '../peerTensors'

const count = z.number().int().nonnegative()
const table = z.record(z.string(), z.number().nullable()).default({})
const sets = z.array(
  z.looseObject({
    name: z.string(),
    tp: count,
    fp: count,
    fn: count,
    tn: count,
    per_image: z.record(z.enum(['tp', 'fp', 'fn', 'tn']), z.array(count)).optional(),
    exact: table,
    dataset: table,
    micro_image: table,
    sklearn: table,
  }),
)
type MetricSet = z.output<typeof sets>[number]

const COUNTS = {
  tp: 'truePositive',
  fp: 'falsePositive',
  fn: 'falseNegative',
  tn: 'trueNegative',
} as const satisfies Record<string, keyof ConfusionCounts>

/** Peers' tables: `dataset` was computed in float32. */
const TOLERANCES = { exact: 1e-12, dataset: 1e-6, sklearn: 1e-12 } as const

/**
 * A metrics case: our confusion counts, of each image and pooled, and our scores beside the peers', null beside null.
 *
 * @throws AppError `model-invalid` if the case holds no sets of counts.
 */
export async function runMetrics(parity: ParityCase): Promise<ParityResult> {
  const parsed = sets.safeParse(parity.json.sets)
  if (!parsed.success) {
    const why = z.prettifyError(parsed.error)
    throw new AppError('model-invalid', `${parity.name}: no sets of counts:\n${why}`, { cause: parsed.error })
  }
  const result: ParityResult = { rows: [], notCompared: [] }
  for (const set of parsed.data) runSet(parity, set, result)
  return result
}

function runSet(parity: ParityCase, set: MetricSet, result: ParityResult): void {
  const images = countImages(parity, set.name)
  const pooled = images.reduce(addConfusion, emptyConfusion())
  for (const [key, field] of Object.entries(COUNTS) as [keyof typeof COUNTS, keyof ConfusionCounts][]) {
    result.rows.push({
      output: `${set.name}/${key}`,
      error: Math.abs(pooled[field] - set[key]),
      tolerance: 0,
    })
    const expected = set.per_image?.[key]
    if (!expected) continue
    const errors = expected.map((value, i) => Math.abs((images[i]?.[field] ?? Number.NaN) - value))
    const error = expected.length === images.length ? Math.max(0, ...errors) : Number.POSITIVE_INFINITY
    result.rows.push({ output: `${set.name}/per_image/${key}`, error, tolerance: 0 })
  }
  const ours = ourScores(pooled)
  for (const [peer, tolerance] of Object.entries(TOLERANCES) as [keyof typeof TOLERANCES, number][]) {
    for (const [score, expected] of Object.entries(set[peer])) {
      const output = `${set.name}/${peer}/${score}`
      const value = ours[score]
      if (value === undefined) result.notCompared.push({ output, reason: 'Not a score of ours.' })
      else if (peer === 'sklearn' && value === null) {
        result.notCompared.push({ output, reason: 'scikit-learn says 0 for 0/0, we say null.' })
      } else result.rows.push({ output, error: difference(value, expected), tolerance })
    }
  }
  for (const score of Object.keys(set.micro_image)) {
    const reason = 'A mean over images: ours are taken once, over the pooled pixels.'
    result.notCompared.push({ output: `${set.name}/micro_image/${score}`, reason })
  }
}

/** One count per image of [N, H, W]. */
function countImages(parity: ParityCase, set: string): ConfusionCounts[] {
  const label = storedIn(parity.inputs, `${set}/label`, parity)
  const prediction = storedIn(parity.inputs, `${set}/prediction`, parity)
  const images = label.shape[0] ?? 0
  const size = label.data.length / Math.max(1, images)
  const part = (data: ArrayLike<number | bigint>, i: number) =>
    Uint8Array.from({ length: size }, (_, pixel) => Number(data[i * size + pixel]))
  return Array.from({ length: images }, (_, i) => confusion(part(prediction.data, i), part(label.data, i)))
}

/** By the names that the case gives them. */
function ourScores(counts: ConfusionCounts): Record<string, number | null> {
  const { precision, recall, f1, iou } = scores(counts)
  const { overallAccuracy, meanIou, meanF1, kappa, mcc } = overallScores(counts)
  return {
    precision,
    recall,
    f1,
    iou,
    accuracy: overallAccuracy,
    overall_accuracy: overallAccuracy,
    mean_iou: meanIou,
    mean_f1: meanF1,
    kappa,
    mcc,
  }
}

/** 0 where both are null, infinite where one is. */
function difference(ours: number | null, expected: number | null): number {
  if (ours === null || expected === null) return ours === expected ? 0 : Number.POSITIVE_INFINITY
  return Math.abs(ours - expected)
}
