import type { QueueOrder } from '../../core/review/queueOrder'
import type { VerdictKind } from '../../core/review/verdict'

export type VerdictFilter = 'any' | 'none' | VerdictKind

/** What is looked for in the queue, besides `filter`; it does not survive a reload, so that nothing stays hidden. */
export interface QueueSearch {
  /** Part of a name, whatever its case. */
  text: string
  verdict: VerdictFilter
  /** 'any', 'starters' (judged before any round), or the round whose maps were judged, by id. */
  round: string
  /** Least disagreement, 0..1; 0: patches without a score too. */
  disagreement: number
  /** Only patches of the audit sample. */
  audit: boolean
}

export interface QueueSlice {
  queueOrder: QueueOrder
  /** Patch ids as last sorted: scores that change meanwhile move nothing until it is sorted again. */
  queue: readonly string[]
  /** Whether there was any score when it was last sorted. */
  queueScored: boolean
  auditSeed: number
  auditSize: number
  /** Whether a verdict goes on to the next patch. */
  autoAdvance: boolean
  queueSearch: QueueSearch
  /** Whether the filters are unfolded. */
  filtersOpen: boolean
  /** Whether the note is being written. */
  noteOpen: boolean
  /** Raised when flip counts are made anew: they lie beside the store. */
  flips: ThresholdFlips
}

/** What the threshold in force would change of the masks accepted as the networks made them. */
export interface ThresholdFlips {
  /** Pixels that differ, by patch; patches that stay as they are are left out. */
  pixels: Readonly<Record<string, number>>
  /** Accepted patches still to compare. */
  pending: number
}

export const NO_SEARCH: QueueSearch = {
  text: '',
  verdict: 'any',
  round: 'any',
  disagreement: 0,
  audit: false,
}

export const MAX_AUDIT_SIZE = 1000

export const initialQueueSlice: QueueSlice = {
  queueOrder: 'file',
  queue: [],
  queueScored: false,
  auditSeed: 1,
  auditSize: 20,
  autoAdvance: true,
  queueSearch: NO_SEARCH,
  filtersOpen: false,
  noteOpen: false,
  flips: { pixels: {}, pending: 0 },
}
