import { ENSEMBLE } from '../../core/rounds/ensemble'
import { scores } from '../../core/rounds/metrics'
import { TRACKS, type Track } from './competitionFolder'
import { duration } from './duration'
import { paperF1, type Unit } from './planReproduction'
import type { UnitRecord } from './unitRecord'

const TITLES: Record<Track, string> = {
  validation: 'Table 1: the validation set',
  test: 'Table 2: the test set',
}

const COLUMNS = [
  'row',
  'scale',
  'network',
  'F1 %',
  'precision %',
  'recall %',
  'paper F1 %',
  'difference',
  'held-out F1 %',
  'time',
]

/** Of the paper's Table 2; it does not say what it is the ensemble of, so nothing here stands beside it. */
const BASELINE_ENSEMBLE = 73.07

export interface ResultsAbout {
  command: string
  threshold: number
  /** "EfficientNetV2-S": sizes of the networks, by family. */
  presets: readonly string[]
  /** What the folder holds, a sentence each. */
  patches: readonly string[]
}

/** results.md: how it was made, then the paper's two tables with our figures. */
export function reproductionMarkdown(
  units: readonly Unit[],
  records: ReadonlyMap<string, UnitRecord>,
  about: ResultsAbout,
): string {
  const done = units.flatMap(({ id }) => records.get(id) ?? [])
  const seconds = done.reduce((sum, record) => sum + record.seconds, 0)
  const list = (values: readonly string[]) => [...new Set(values)].join(', ')
  const steps = list(done.flatMap(({ network }) => (network ? [String(network.steps)] : [])))
  return [
    '# Reproduction',
    '',
    `Made by \`${about.command}\`.`,
    '',
    `- ${done.length} of ${units.length} networks and ensembles are done; ${duration(seconds)} of work.`,
    ...about.patches.map(line => `- ${line}`),
    `- ${steps ? `${steps} steps a network; sizes` : 'Sizes'}: ${about.presets.join(', ')}.`,
    ...(done.length > 0
      ? [`- Ran on ${list(done.map(({ backend, adapter }) => `${backend}, ${adapter}`))}.`]
      : []),
    `- F1, precision and recall are of the landslide class on the target's labels, from one pooled count, a pixel counting as landslide from p >= ${about.threshold}. No network learned from these labels or was chosen by them.`,
    '- Held-out F1 is that on training patches left out of the training, by which the step that is kept was chosen.',
    '- Times marked with * are those since an interruption.',
    '',
    ...TRACKS.flatMap(track => tableOf(track, units, records)),
  ].join('\n')
}

function tableOf(track: Track, units: readonly Unit[], records: ReadonlyMap<string, UnitRecord>): string[] {
  const own = units.filter(unit => unit.track === track)
  if (own.length === 0) return []
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  let shown = ''
  const lines = own.map(unit => {
    const title = unit.row.title === shown ? '' : unit.row.title
    shown = unit.row.title
    return row([title, ...cellsOf(unit, records.get(unit.id))])
  })
  if (track === 'test') {
    lines.unshift(
      row(['baseline ensemble', '', ENSEMBLE, 'not run', '', '', BASELINE_ENSEMBLE.toFixed(2), '', '', '']),
    )
  }
  const submissions = own.flatMap(({ id }) => {
    const submission = records.get(id)?.submission
    return submission ? [`- ${id}: \`${submission}\``] : []
  })
  return [
    `## ${TITLES[track]}`,
    '',
    row(COLUMNS),
    row(COLUMNS.map(() => '---')),
    ...lines,
    '',
    ...(submissions.length > 0
      ? ['Patches without a label; zips in the format of the competition:', '', ...submissions, '']
      : []),
    ...labelledText(own, records),
    ...(own.some(({ row }) => row.id === 'csn') ? [UNREADABLE, ''] : []),
  ]
}

const UNREADABLE =
  'The name of the paper’s third row (73.20) cannot be read in our copy: its figure stands beside cross-sensor normalisation, the one part that no other row adds.'

function cellsOf(unit: Unit, record: UnitRecord | undefined): string[] {
  const paper = paperF1(unit)
  const start = [`x${unit.config.scale}`, unit.network]
  const stated = paper === null ? '' : paper.toFixed(2)
  if (!record) return [...start, 'to do', '', '', stated, '', '', '']
  const found = record.counts && scores(record.counts)
  const f1 = found?.f1 ?? null
  const difference = f1 === null || paper === null ? '' : signed(100 * f1 - paper)
  return [
    ...start,
    found ? percent(f1) : 'no labels',
    found ? percent(found.precision) : '',
    found ? percent(found.recall) : '',
    stated,
    difference,
    record.heldOutF1 === null ? '' : percent(record.heldOutF1),
    `${duration(record.seconds)}${record.resumed ? '*' : ''}`,
  ]
}

/** Where only some target patches have a label. */
function labelledText(units: readonly Unit[], records: ReadonlyMap<string, UnitRecord>): string[] {
  const targets = units.flatMap(({ id }) => records.get(id)?.targets ?? [])
  const part = targets.find(({ all, labelled }) => labelled > 0 && labelled < all)
  return part
    ? [`Scores are over ${part.labelled} of ${part.all} patches: the others have no label here.`, '']
    : []
}

/** "0.8041" as "80.41"; "undefined" where it is 0/0. */
export function percent(value: number | null): string {
  return value === null ? 'undefined' : (100 * value).toFixed(2)
}

/** One line for each unit that is done: "test/round-1/ensemble   F1 73.10  paper 73.62". */
export function resultLines(units: readonly Unit[], records: ReadonlyMap<string, UnitRecord>): string[] {
  const width = Math.max(...units.map(({ id }) => id.length))
  return units.flatMap(unit => {
    const record = records.get(unit.id)
    if (!record) return []
    const paper = paperF1(unit)
    const f1 = record.counts
      ? `F1 ${percent(scores(record.counts).f1).padStart(5)}`
      : (record.submission ?? '')
    return [`${unit.id.padEnd(width)}  ${f1}${paper === null ? '' : `  paper ${paper.toFixed(2)}`}`]
  })
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(2)}`
}
