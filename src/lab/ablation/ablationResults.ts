import { ENSEMBLE } from '../../core/rounds/ensemble'
import { addConfusion, emptyConfusion, type SegmentationMetrics, scores } from '../../core/rounds/metrics'
import type { AblationRunRecord } from './ablationRecord'
import type { AblationRow } from './ablationRows'

/** Mean, sample standard deviation (null for one value) and range of a figure over seeds; null where none is defined. */
interface Spread {
  mean: number
  deviation: number | null
  low: number
  high: number
  values: number[]
}

/** One network, or the ensemble, of one row: what the table and the plot show. */
export interface AblationLine {
  row: AblationRow
  /** A family, or "ensemble". */
  network: string
  scale: number
  seeds: (SegmentationMetrics & { seed: number; seconds: number | null })[]
  f1: Spread | null
  precision: Spread | null
  recall: Spread | null
  /** F1 minus that of the row it builds on, same network and seed; null where that row has no such network. */
  gain: (Spread & { over: string }) | null
  paper: string | null
}

/**
 * Lines of one benchmark in the table's order. Folds of a seed are pooled into one count; a seed whose folds are not
 * all done is left out.
 *
 * @param folds of the benchmark.
 */
export function ablationLines(
  records: readonly AblationRunRecord[],
  rows: readonly AblationRow[],
  folds: number,
): AblationLine[] {
  const lines: AblationLine[] = []
  for (const row of rows) {
    const ofRow = records.filter(record => record.row === row.id)
    const networks = [...row.families, ...(row.families.length > 1 ? [ENSEMBLE] : [])]
    for (const network of networks) {
      const seeds = seedScores(ofRow, network, folds)
      if (seeds.length === 0) continue
      lines.push({
        row,
        network,
        scale: ofRow[0]!.scale,
        seeds,
        f1: spread(seeds.map(({ f1 }) => f1)),
        precision: spread(seeds.map(({ precision }) => precision)),
        recall: spread(seeds.map(({ recall }) => recall)),
        gain: gainOver(lines, rows, row, network, seeds),
        paper: row.paper[network as keyof AblationRow['paper']] ?? null,
      })
    }
  }
  return lines
}

function seedScores(
  records: readonly AblationRunRecord[],
  network: string,
  folds: number,
): AblationLine['seeds'] {
  const seeds = [...new Set(records.map(({ seed }) => seed))].sort((a, b) => a - b)
  return seeds.flatMap(seed => {
    const found = records
      .filter(record => record.seed === seed)
      .flatMap(record => record.networks.filter(candidate => candidate.network === network))
    if (found.length < folds) return []
    const counts = found.reduce((sum, { counts }) => addConfusion(sum, counts), emptyConfusion())
    const seconds = found.every(record => record.seconds !== null)
      ? found.reduce((sum, record) => sum + record.seconds!, 0)
      : null
    return [{ seed, seconds, ...scores(counts) }]
  })
}

/** Paired by seed: chance that both share falls out. */
function gainOver(
  lines: readonly AblationLine[],
  rows: readonly AblationRow[],
  row: AblationRow,
  network: string,
  seeds: AblationLine['seeds'],
): AblationLine['gain'] {
  const before = rows.slice(0, rows.indexOf(row)).findLast(({ optional }) => !optional)
  const over = row.parent ?? before?.id
  const base = lines.find(line => line.row.id === over && line.network === network)
  if (!base) return null
  const gains = seeds.map(({ seed, f1 }) => {
    const other = base.seeds.find(candidate => candidate.seed === seed)?.f1
    return f1 === null || other === undefined || other === null ? null : f1 - other
  })
  const found = spread(gains)
  return found && { ...found, over: base.row.id }
}

/** Over the values that are defined; null where none is. */
export function spread(given: readonly (number | null)[]): Spread | null {
  const values = given.filter(value => value !== null)
  if (values.length === 0) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    mean,
    deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null,
    low: Math.min(...values),
    high: Math.max(...values),
    values,
  }
}

/** One benchmark's part of the results. */
export interface AblationSection {
  title: string
  lines: readonly AblationLine[]
  records: readonly AblationRunRecord[]
}

/** results.md: how it was made, then a table for each benchmark. */
export function ablationMarkdown(
  sections: readonly AblationSection[],
  about: { command: string; threshold: number; preset: string },
): string {
  const records = sections.flatMap(section => section.records)
  const list = (values: readonly (string | number)[]) => [...new Set(values)].join(', ')
  const seconds = records.reduce((sum, record) => sum + record.seconds, 0)
  return [
    '# Ablation',
    '',
    `Made by \`${about.command}\`.`,
    '',
    `- Seeds ${list(records.map(({ seed }) => seed))}; ${list(records.map(({ steps }) => steps))} steps per network; preset ${about.preset}; ${(seconds / 60).toFixed(0)} minutes in all.`,
    `- Ran on ${list(records.map(({ backend, adapter }) => `${backend}, ${adapter}`))}.`,
    `- Scores are of the landslide class on the target's known labels, which training never sees: one pooled count per seed, a pixel counting as landslide from p >= ${about.threshold}.`,
    '- A row adds what its name says to the row before; rows share patches, seeds and order of sampling. Every seed draws everything again.',
    '- F1 is the mean over seeds ± its sample standard deviation. "Gain" is F1 against the row it builds on, paired by seed.',
    '- "Paper" is what the paper states on its own data (validation in Table 1, test in Table 2): to compare the order of rows, not the values.',
    '',
    ...sections.flatMap(section => sectionText(section)),
  ].join('\n')
}

function sectionText({ title, lines, records }: AblationSection): string[] {
  const shifts = [...new Set(records.map(({ shift }) => shift.toFixed(2)))].join(', ')
  const header = [
    'row',
    'scale',
    'network',
    'F1 %',
    'low to high',
    'precision %',
    'recall %',
    'gain',
    'min/run',
    'paper',
  ]
  let shown = ''
  const body = lines.map(line => {
    const name = line.row.title === shown ? '' : line.row.title
    shown = line.row.title
    const seconds = line.seeds.map(seed => seed.seconds).filter(value => value !== null)
    const minutes = seconds.length > 0 ? seconds.reduce((a, b) => a + b, 0) / seconds.length / 60 : null
    const f1 = percent(line.f1)
    return [
      name,
      `x${line.scale}`,
      line.network,
      line.network === ENSEMBLE ? `**${f1}**` : f1,
      line.f1 ? `${hundred(line.f1.low)} to ${hundred(line.f1.high)}` : '',
      percent(line.precision),
      percent(line.recall),
      line.gain ? `${line.gain.mean < 0 ? '' : '+'}${percent(line.gain)} over ${line.gain.over}` : '',
      minutes === null ? '' : minutes.toFixed(1),
      line.paper ?? '',
    ]
  })
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    `## ${title}`,
    '',
    `Mean shift of the 14 bands between source and target, root mean square: ${shifts} source standard deviations.`,
    '',
    row(header),
    row(header.map(() => '---')),
    ...body.map(row),
    '',
    ...pseudoLabelText(records),
  ]
}

/** Quality of the labels that the rounds learned from, pooled over seeds and folds. */
function pseudoLabelText(records: readonly AblationRunRecord[]): string[] {
  const rows = [...new Set(records.filter(({ pseudoLabels }) => pseudoLabels).map(({ row }) => row))]
  if (rows.length === 0) return []
  const lines = rows.map(row => {
    const labels = records.filter(record => record.row === row).flatMap(record => record.pseudoLabels ?? [])
    const { precision, recall } = scores(
      labels.reduce((sum, { counts }) => addConfusion(sum, counts), emptyConfusion()),
    )
    const ignored = labels.reduce((sum, { ignoredShare }) => sum + ignoredShare, 0) / labels.length
    const shown = (value: number | null) => (value === null ? 'undefined' : `${hundred(value)} %`)
    return `- ${row} learned from pseudo-labels of precision ${shown(precision)}, recall ${shown(recall)}, where they decide; ${hundred(ignored)} % of pixels were ignored.`
  })
  return [...lines, '']
}

function percent(value: Spread | null): string {
  if (!value) return 'undefined'
  return value.deviation === null
    ? hundred(value.mean)
    : `${hundred(value.mean)} ± ${hundred(value.deviation)}`
}

function hundred(value: number): string {
  return (100 * value).toFixed(1)
}

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

/** One line per network and run (RFC 4180); an empty field is a ratio of 0/0, or not applicable. */
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
