import { csvRow } from '../foundation/csv'
import { plural } from '../foundation/text'
import type { MaskDiff } from '../masks/maskDiff'
import { BACKGROUND, IGNORE, LANDSLIDE } from '../patches/patch'
import type { JudgingStep, Verdict, VerdictKind } from './verdict'

export type AuditKind =
  | 'verdict'
  | 'verdict-cleared'
  | 'verdict-withdrawn'
  | 'edit'
  | 'label-restored'
  | 'mask-attached'
  | 'undo'
  | 'redo'
  | 'bulk-accept'
  | 're-accept'
  | 'note'
  | 'threshold'
  | 'audit-sample'
  | 'point-audit'
  | 'prediction'
  | 'round-started'
  | 'round-finished'
  | 'round-ended'
  | 'round-restored'
  | 'import'
  | 'patch-removed'
  | 'patch-renamed'
  | 'patch-replaced'
  | 'held-out'
  | 'export'
  | 'set-aside'

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
  /** Threshold of that moment, 0..1; of a verdict its own. */
  threshold: number
  roundId: string | null
  modelIds: string[]
  /** SHA-256 (hex) of the mask judged. */
  maskHash: string | null
  /** Who did it, where a name was given. */
  reviewer: string | null
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
  'reviewer',
  'detail',
]

type VerdictColumns = Pick<
  AuditEntry,
  'patchId' | 'verdict' | 'verdictId' | 'threshold' | 'roundId' | 'modelIds' | 'maskHash'
>

/** What of a verdict the log repeats. */
export function verdictColumns(verdict: Verdict): VerdictColumns {
  const { patchId, kind, id, threshold, roundId, modelIds, maskHash } = verdict
  return { patchId, verdict: kind, verdictId: id, threshold, roundId, modelIds, maskHash }
}

/** "Accepted", "Label corrected". */
export const verdictTitle = (kind: string) =>
  kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll('-', ' ')

const CLASS_NAMES: Readonly<Record<number, string>> = {
  [BACKGROUND]: 'background',
  [LANDSLIDE]: 'landslide',
  [IGNORE]: 'ignore',
}

/** "Edited 12 pixels: 10 to landslide, 2 to background (step 3)". */
export function editText({ length, after }: MaskDiff, sequence: number): string {
  const pixels = new Map<number, number>()
  for (let run = 0; run < length.length; run++) {
    pixels.set(after[run]!, (pixels.get(after[run]!) ?? 0) + length[run]!)
  }
  const counts = [...pixels].map(([value, count]) => `${count} to ${CLASS_NAMES[value]}`)
  const sum = [...pixels.values()].reduce((all, count) => all + count, 0)
  return `Edited ${plural(sum, 'pixel')}: ${counts.join(', ')} (step ${sequence})`
}

/** "; note: shadow", or nothing. */
export const notePart = (note: string | undefined) => (note ? `; note: ${note}` : '')

/**
 * Log entries for verdicts out of the list that versions before schema 5 kept beside the history. A verdict that neither
 * a step that stands nor the log holds was taken back before there was a log, or its step was never saved; with the list
 * gone, these entries are all that is left of it. None of them is current.
 *
 * @param verdicts in the order in which they were given.
 */
export function auditOfUnusedVerdicts(
  verdicts: readonly Verdict[],
  history: readonly JudgingStep[],
  log: readonly Pick<AuditEntry, 'verdictId'>[],
): AuditEntry[] {
  const standing = history.filter(step => !step.undone)
  const held = new Set<string | null | undefined>([
    ...standing.flatMap(step => [step.verdictBefore?.id, step.verdictAfter?.id]),
    // Records of any version, as they lie there.
    ...log.map(entry => entry?.verdictId),
  ])
  return verdicts
    .filter(({ id }) => !held.has(id))
    .map(verdict => {
      const { at, kind, note, agreement: edits } = verdict
      const counts = edits
        ? `; landslide pixels kept ${edits.kept}, added ${edits.added}, removed ${edits.removed} of ${edits.pixels}`
        : ''
      const detail = `${verdictTitle(kind)}, not current: taken back, or not saved with a step${notePart(note)}${counts}`
      return { at, kind: 'verdict', supersedes: null, reviewer: null, detail, ...verdictColumns(verdict) }
    })
}

/** What was mended or left out so that a project opens: no doing of an analyst's. */
export function auditOfSetAside(at: Date, threshold: number, detail: string): AuditEntry {
  return {
    at: at.toISOString(),
    kind: 'set-aside',
    patchId: null,
    verdict: null,
    verdictId: null,
    supersedes: null,
    threshold,
    roundId: null,
    modelIds: [],
    maskHash: null,
    reviewer: null,
    detail,
  }
}

/** The log as JSON Lines: one entry a line, keys always in the same order. */
export function auditLines(entries: readonly AuditEntry[]): string {
  return entries
    .map(entry => `${JSON.stringify(Object.fromEntries(COLUMNS.map(name => [name, entry[name]])))}\n`)
    .join('')
}

/** The log as CSV (RFC 4180): a header, CRLF, quotes doubled; several models are separated by spaces. */
export function auditCsv(entries: readonly AuditEntry[]): string {
  return csvRow(COLUMNS) + entries.map(entry => csvRow(COLUMNS.map(name => cell(entry[name])))).join('')
}

function cell(value: AuditEntry[keyof AuditEntry]): string | number | null {
  return Array.isArray(value) ? value.join(' ') : value
}
