import { addConfusion, emptyConfusion, type SegmentationMetrics, scores } from '../../core/training/metrics'
import type { AblationRunRecord } from './ablationRecord'
import type { AblationRow } from './ablationRows'

/** Mean, sample standard deviation (null for one value) and ends of a figure over seeds; null where none is defined. */
export interface Spread {
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
    const networks = [...row.families, ...(row.families.length > 1 ? ['ensemble'] : [])]
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
