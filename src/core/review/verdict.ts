import type { MaskAgreement } from './maskAgreement'

/** What an analyst said of a patch. `skip` leaves no verdict. */
export type VerdictKind = 'accepted' | 'corrected' | 'rejected' | 'unsure'

/** An immutable judgement; a later one on the same patch supersedes it, none is ever edited. */
export interface Verdict {
  id: string
  patchId: string
  kind: VerdictKind
  /** Threshold, round and models that were on screen: what was accepted is what was shown. */
  threshold: number
  roundId: string | null
  modelIds: string[]
  /** SHA-256 (hex) of the mask as shown, one byte a pixel. */
  maskHash: string
  /** ISO 8601, from the caller's clock. */
  at: string
  note?: string
  /** How the judged mask compares with the networks' at `threshold`; absent where they had predicted nothing. */
  agreement?: MaskAgreement
}
