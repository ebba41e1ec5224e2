import type { DialectName } from './dialect'

/** What became of every key of a checkpoint, and of every parameter. */
export interface CheckpointReport {
  /** Whose key names the checkpoint has; null: none that is known, its keys are the parameters' own. */
  dialect: DialectName | null
  /** Parameters that took a value. */
  loaded: string[]
  /** Parameters that the checkpoint does not hold; they keep their values. */
  missing: string[]
  /** Checkpoint keys that the network has no place for. */
  unexpected: string[]
  /** Shapes as in the checkpoint (PyTorch). */
  misshaped: { name: string; expected: number[]; found: number[] }[]
  /** Parameters whose values are not numbers (NaN, infinite) or not stored as floats. */
  unusable: { name: string; reason: string }[]
  /** Checkpoint keys that may be left out, and why. */
  ignored: { key: string; reason: string }[]
  /** First layers brought to another number of bands. */
  adapted: { name: string; from: number; to: number }[]
  /** The target's parameters that took the source's, since the checkpoint knows one domain only. */
  copiedToTarget: string[]
}

/** True where every parameter took a value and every key has its place. */
export function fitsWholly({ missing, unexpected, misshaped, unusable }: CheckpointReport): boolean {
  return missing.length + unexpected.length + misshaped.length + unusable.length === 0
}

/** A line per row that a person should read; what was simply loaded is counted, see `summarise`. */
export function reportLines(report: CheckpointReport, limit = Number.POSITIVE_INFINITY): string[] {
  const row = (kind: string, text: string) => `  ${kind.padEnd(12)}${text}`
  const lines = [
    ...report.missing.map(name => row('missing', name)),
    ...report.unexpected.map(key => row('unexpected', key)),
    ...report.misshaped.map(({ name, expected, found }) =>
      row('wrong shape', `${name}: [${found}] where [${expected}] belongs`),
    ),
    ...report.unusable.map(({ name, reason }) => row('unusable', `${name}: ${reason}`)),
    ...report.adapted.map(({ name, from, to }) => row('adapted', `${name}: ${from} bands to ${to}`)),
    ...ignoredByReason(report).map(text => row('ignored', text)),
  ]
  if (lines.length <= limit) return lines
  return [...lines.slice(0, limit), `  and ${lines.length - limit} more`]
}

function ignoredByReason({ ignored }: CheckpointReport): string[] {
  const keys = new Map<string, string[]>()
  for (const { key, reason } of ignored) keys.set(reason, [...(keys.get(reason) ?? []), key])
  return [...keys].map(([reason, [first, ...others]]) =>
    others.length === 0 ? `${first}: ${reason}` : `${first} and ${others.length} more: ${reason}`,
  )
}

/** "120 loaded, 4 copied to the target domain, 2 missing", what is zero left out. */
export function summarise(report: CheckpointReport): string {
  const counts: [number, string][] = [
    [report.loaded.length, 'loaded'],
    [report.copiedToTarget.length, 'copied to the target domain'],
    [report.adapted.length, 'adapted in bands'],
    [report.missing.length, 'missing'],
    [report.unexpected.length, 'unexpected'],
    [report.misshaped.length, 'of a wrong shape'],
    [report.unusable.length, 'unusable'],
    [report.ignored.length, 'ignored'],
  ]
  return counts
    .filter(([count], index) => index === 0 || count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ')
}
