/** One output of a case beside its tolerance. */
export interface ParityRow {
  /** The output's name in case.json; of a loss case "<sub-case>/loss" and "<sub-case>/grad". */
  output: string
  /** Largest absolute difference; NaN where ours holds one. */
  error: number
  /** `atol` of the row. */
  tolerance: number
}

/** True within the tolerance; a NaN is not. */
export function withinTolerance({ error, tolerance }: ParityRow): boolean {
  return error <= tolerance
}

/** The error in units of its tolerance; an exact row (tolerance 0) has 0 or infinity, a NaN stays one. */
export function shareOfTolerance({ error, tolerance }: ParityRow): number {
  return error === 0 ? 0 : error / tolerance
}

/** The row nearest to its tolerance, or furthest beyond it, NaN before all; undefined where there is none. */
export function worstRow<Row extends ParityRow>(rows: readonly Row[]): Row | undefined {
  const rank = (row: Row) => {
    const share = shareOfTolerance(row)
    return Number.isNaN(share) ? Number.POSITIVE_INFINITY : share
  }
  return [...rows].sort((a, b) => rank(b) - rank(a))[0]
}

/** What running a case gave. */
export interface ParityResult {
  rows: ParityRow[]
  /** Outputs that the case lists and that were not compared, each with the reason. Never of output.safetensors. */
  notCompared: { output: string; reason: string }[]
}

/** One case of `scarp parity --json`. */
export interface ParityCaseReport {
  /** Name in case.json; of the folder where that cannot be read. */
  case: string
  /** Repository of the peer. */
  peer: string
  mode: string
  /** `error` is null in JSON where ours held a NaN. */
  rows: (ParityRow & { ok: boolean })[]
  notCompared: ParityResult['notCompared']
  /** Why the case could not run. */
  error?: { code: string; message: string }
}

/** True if something was compared and everything is within tolerance. */
export function passed({ rows, error }: ParityCaseReport): boolean {
  return !error && rows.length > 0 && rows.every(row => row.ok)
}

/** A line for every output, then one for the case with its worst output and its peer. */
export function describeParityCase(report: ParityCaseReport): string {
  const width = Math.max(0, ...report.rows.map(({ output }) => output.length))
  const lines = report.rows.map(row => {
    const error = `${row.error.toExponential(2)} of ${row.tolerance.toExponential(1)}`
    return `  ${row.ok ? 'ok  ' : 'FAIL'} ${row.output.padEnd(width)}  ${error}  ${share(row)}`
  })
  const verdict = passed(report) ? 'ok  ' : 'FAIL'
  lines.push(`${verdict} ${report.case}: ${summary(report)} (${report.peer || 'peer unknown'})`)
  for (const [reason, outputs] of reasons(report)) {
    lines.push(`  not compared (${reason}): ${shortened(outputs)}`)
  }
  return lines.join('\n')
}

function summary({ rows, error }: ParityCaseReport): string {
  if (error) return `could not run: ${error.message}`
  const worst = worstRow(rows)
  if (!worst) return 'nothing was compared'
  return `${rows.length} outputs, worst ${worst.output}, ${share(worst)}`
}

function share(row: ParityRow): string {
  if (row.tolerance === 0) return row.error === 0 ? 'exactly equal' : 'must be exactly equal'
  return `${(100 * shareOfTolerance(row)).toFixed(1)} % of the tolerance`
}

function reasons({ notCompared }: ParityCaseReport): Map<string, string[]> {
  const byReason = new Map<string, string[]>()
  for (const { output, reason } of notCompared) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), output])
  }
  return byReason
}

function shortened(outputs: readonly string[]): string {
  const more = outputs.length - 5
  return more > 0 ? `${outputs.slice(0, 5).join(', ')} and ${more} more` : outputs.join(', ')
}
