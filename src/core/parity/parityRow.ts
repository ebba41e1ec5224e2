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

/** The row that is nearest to its tolerance, or furthest beyond, NaN first of all; undefined where there is none. */
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
