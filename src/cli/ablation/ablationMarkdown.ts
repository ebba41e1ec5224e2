import { addConfusion, emptyConfusion, scores } from '../../core/training/metrics'
import type { AblationLine, Spread } from './ablationLines'
import type { AblationRunRecord } from './ablationRecord'

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
    `- Scores are of the landslide class on the target's known labels, which training never sees: one pooled count a seed, a pixel counting as landslide from p >= ${about.threshold}.`,
    '- A row is the row before it and what its name says; rows share patches, seeds and order of sampling. A seed draws everything anew.',
    '- F1 is the mean over seeds ± its sample standard deviation. "Gain" is F1 against the row it builds on, paired by seed.',
    '- "Paper" is what the paper states on its own data (validation in Table 1, test in Table 2): for the order of things, not for the height.',
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
      line.network === 'ensemble' ? `**${f1}**` : f1,
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

/** How good the labels were that the rounds learned from: pooled over seeds and folds. */
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
