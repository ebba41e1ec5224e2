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

/** What running a case gave. */
export interface ParityResult {
  rows: ParityRow[]
  /** Outputs that the case lists and that were not compared, each with the reason. Never of output.safetensors. */
  notCompared: { output: string; reason: string }[]
}
