import { scores } from '../../core/training/metrics'
import type { AblationRunRecord } from './ablationRecord'

const COLUMNS = [
  'benchmark',
  'row',
  'network',
  'seed',
  'fold',
  'scale',
  'steps',
  'f1',
  'precision',
  'recall',
  'iou',
  'tp',
  'fp',
  'fn',
  'tn',
  'held_out_f1',
  'best_step',
  'pseudo_f1',
  'pseudo_precision',
  'pseudo_recall',
  'pseudo_ignored_share',
  'shift',
  'minutes',
  'backend',
  'adapter',
] as const

/** Every network of every run as one line (RFC 4180); an empty field is a ratio of 0/0, or nothing to tell. */
export function ablationCsv(records: readonly AblationRunRecord[]): string {
  const lines = records.flatMap(record => {
    const pseudo = record.pseudoLabels && scores(record.pseudoLabels.counts)
    return record.networks.map(({ network, counts, heldOutF1, bestStep, seconds }) => {
      const { f1, precision, recall, iou } = scores(counts)
      const { truePositive, falsePositive, falseNegative, trueNegative } = counts
      const fields: Record<(typeof COLUMNS)[number], string | number | null | undefined> = {
        benchmark: record.benchmark,
        row: record.row,
        network,
        seed: record.seed,
        fold: record.fold,
        scale: record.scale,
        steps: record.steps,
        f1,
        precision,
        recall,
        iou,
        tp: truePositive,
        fp: falsePositive,
        fn: falseNegative,
        tn: trueNegative,
        held_out_f1: heldOutF1,
        best_step: bestStep,
        pseudo_f1: pseudo?.f1,
        pseudo_precision: pseudo?.precision,
        pseudo_recall: pseudo?.recall,
        pseudo_ignored_share: record.pseudoLabels?.ignoredShare,
        shift: record.shift,
        minutes: seconds === null ? null : seconds / 60,
        backend: record.backend,
        adapter: record.adapter,
      }
      return COLUMNS.map(name => csvField(fields[name])).join(',')
    })
  })
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`
}

function csvField(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(6) : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
