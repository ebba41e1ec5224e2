import type { Verdict } from '../core/review/verdict'
import type { HistoryEntry } from './slices/reviewSlice'

/**
 * The verdict in force for each patch: what the last step on it that is not undone left behind. A verdict taken
 * back, or withdrawn by painting on afterwards, is not in force although its record stays in the log.
 */
export function verdictsInForce(history: readonly HistoryEntry[]): Record<string, Verdict> {
  const inForce: Record<string, Verdict> = {}
  for (const step of history) {
    if (step.undone || step.verdictAfter === undefined) continue
    if (step.verdictAfter === null) delete inForce[step.patchId]
    else inForce[step.patchId] = step.verdictAfter
  }
  return inForce
}
