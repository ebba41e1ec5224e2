import type { Verdict } from './verdict'

/** What of a history step matters here. */
export interface JudgingStep {
  patchId: string
  undone: boolean
  /** The verdict that the step left on its patch, null where it took one away; undefined: it touched none. */
  verdictAfter?: Verdict | null
}

/**
 * The verdict in force for each patch: what the last step on it that is not undone left behind. A verdict taken
 * back, or withdrawn by painting on afterwards, is not in force although its record stays in the log.
 *
 * @param history in the order in which the steps were taken.
 */
export function verdictsInForce(history: readonly JudgingStep[]): Record<string, Verdict> {
  const inForce: Record<string, Verdict> = {}
  for (const step of history) {
    if (step.undone || step.verdictAfter === undefined) continue
    if (step.verdictAfter === null) delete inForce[step.patchId]
    else inForce[step.patchId] = step.verdictAfter
  }
  return inForce
}
