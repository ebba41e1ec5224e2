import { csvRow } from '../foundation/csv'
import { type EvidenceAudit, errorMatrix } from './evidence'

const COLUMNS = ['audit', 'reviewer', 'measure', 'value', 'half_width_95', 'unit'] as const

type Row = [measure: string, value: number | null, halfWidth: number | null, unit: string]

/**
 * What audits say, a measure a row (RFC 4180). Shares are 0 to 1, areas square metres; `half_width_95` is half the width of
 * the 95 % interval. Empty: not known.
 */
export function accuracyCsv(audits: readonly EvidenceAudit[]): string {
  const lines = audits.flatMap(audit =>
    rowsOf(audit).map(row => csvRow([audit.record.name, audit.record.reviewer, ...row])),
  )
  return csvRow(COLUMNS) + lines.join('')
}

function rowsOf({ record, accuracy }: EvidenceAudit): Row[] {
  const { overall, users, producers, share, area } = accuracy
  const figures = { overall, users, producers, share }
  const matrix = errorMatrix(record)
  return [
    ...Object.entries(figures).map(([name, figure]): Row => {
      const measure = name === 'share' ? 'landslide_share' : `${name}_accuracy`
      return [measure, figure?.value ?? null, figure?.halfWidth ?? null, 'share']
    }),
    ['landslide_area', area?.value ?? null, area?.halfWidth ?? null, 'm2'],
    ['mapped_area', accuracy.mappedArea, null, 'm2'],
    ['points_counted', accuracy.counted, null, 'points'],
    ['points_cannot_tell', accuracy.cannotTell, null, 'points'],
    ['points_left', accuracy.left, null, 'points'],
    ...matrix.flatMap(({ stratum, counts }) =>
      Object.entries(counts).map(
        ([answer, count]): Row => [`points ${stratum}: ${answer}`, count, null, 'points'],
      ),
    ),
    ...record.strata.map(({ stratum, pixels }): Row => [`stratum ${stratum}`, pixels, null, 'pixels']),
    ['seed', record.seed, null, ''],
  ]
}
