import type { VerdictKind } from './verdict'

export type AuditKind =
  | 'verdict'
  | 'verdict-cleared'
  | 'verdict-withdrawn'
  | 'undo'
  | 'redo'
  | 'bulk-accept'
  | 're-accept'
  | 'note'
  | 'threshold'
  | 'audit-sample'
  | 'prediction'
  | 'round-started'
  | 'round-finished'
  | 'round-ended'
  | 'round-restored'
  | 'import'
  | 'export'

/** One thing done to the project, as it was then. */
export interface AuditEntry {
  /** ISO 8601, from the caller's clock. */
  at: string
  /** An `AuditKind`; text, so that a log of a later version can be read. */
  kind: string
  /** Absent things are null, so that every entry has the same columns. */
  patchId: string | null
  verdict: VerdictKind | string | null
  verdictId: string | null
  /** Id of the verdict that this one replaced. */
  supersedes: string | null
  /** Threshold in force, 0..1; of a verdict its own. */
  threshold: number
  roundId: string | null
  modelIds: string[]
  /** SHA-256 (hex) of the mask judged. */
  maskHash: string | null
  /** One line for a person. */
  detail: string
}

const COLUMNS: readonly (keyof AuditEntry)[] = [
  'at',
  'kind',
  'patchId',
  'verdict',
  'verdictId',
  'supersedes',
  'threshold',
  'roundId',
  'modelIds',
  'maskHash',
  'detail',
]

/** The log as JSON Lines: one entry a line, keys always in the same order. */
export function auditLines(entries: readonly AuditEntry[]): string {
  return entries
    .map(entry => `${JSON.stringify(Object.fromEntries(COLUMNS.map(name => [name, entry[name]])))}\n`)
    .join('')
}

/** The log as CSV (RFC 4180): a header, CRLF, quotes doubled; several models are parted by a blank. */
export function auditCsv(entries: readonly AuditEntry[]): string {
  const rows = entries.map(entry => COLUMNS.map(name => field(entry[name])).join(','))
  return [COLUMNS.join(','), ...rows, ''].join('\r\n')
}

function field(value: AuditEntry[keyof AuditEntry]): string {
  if (value === null) return ''
  const text = Array.isArray(value) ? value.join(' ') : String(value)
  // A spreadsheet would run a cell that begins so as a formula.
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
