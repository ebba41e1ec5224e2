import { sha256 } from '../foundation/sha256'
import type { MaskAgreement } from '../masks/compareMasks'
import type { PredictionOrigin } from './predictionOrigin'

/** What an analyst said of a patch. `skip` leaves no verdict. `label-corrected` is of a label that came with its patch. */
export type VerdictKind = 'accepted' | 'corrected' | 'label-corrected' | 'rejected' | 'unsure'

/** An immutable judgement; a later one on the same patch supersedes it, none is ever edited. */
export interface Verdict {
  id: string
  patchId: string
  kind: VerdictKind
  /** Threshold, round and models that made the mask judged: those that it began with, where they changed since. */
  threshold: number
  roundId: string | null
  modelIds: string[]
  /** What predicted the mask that was judged; null: nothing, it was drawn. Absent in verdicts of older versions. */
  prediction?: PredictionOrigin | null
  /** Who judged, where a name was given. */
  reviewer?: string
  /** SHA-256 (hex) of the mask as shown, one byte a pixel. */
  maskHash: string
  /** ISO 8601, from the caller's clock. */
  at: string
  note?: string
  /**
   * How the judged mask compares with the networks' at `threshold`, a corrected label with that of the file; absent where
   * they had predicted nothing.
   */
  agreement?: MaskAgreement
}

/** Whether a verdict makes its mask a label to learn from. */
export function makesLabel({ kind }: Pick<Verdict, 'kind'>): boolean {
  return kind === 'accepted' || kind === 'corrected' || kind === 'label-corrected'
}

/** What of a history step matters here. */
export interface JudgingStep {
  patchId: string
  undone: boolean
  /** The verdict that the patch had before the step. */
  verdictBefore?: Verdict | null
  /** The verdict that the step left on its patch, null where it took one away; undefined: it touched none. */
  verdictAfter?: Verdict | null
}

/**
 * The current verdict of each patch: what the last step on it that is not undone left behind. There is no other record
 * of verdicts: one that was taken back, or withdrawn by painting on afterwards, is not current.
 *
 * @param history in the order in which the steps were taken.
 */
export function currentVerdicts(history: readonly JudgingStep[]): Record<string, Verdict> {
  const current: Record<string, Verdict> = {}
  for (const step of history) {
    if (step.undone || step.verdictAfter === undefined) continue
    if (step.verdictAfter === null) delete current[step.patchId]
    else current[step.patchId] = step.verdictAfter
  }
  return current
}

/** SHA-256 (hex) of a mask, one byte a pixel, row-major: what a verdict remembers of the mask as shown. */
export function maskHash(mask: Uint8Array): Promise<string> {
  return sha256(mask)
}
