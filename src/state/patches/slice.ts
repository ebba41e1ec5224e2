import { z } from 'zod'
import type { QueueOrder } from '../../core/review/queueOrder'
import type { VerdictKind } from '../../core/review/verdict'
import type { PreferenceStorage } from '../preferences'

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

const KEY = 'scarp.queue'

type SavedQueue = Pick<
  QueueSlice,
  'queueOrder' | 'queue' | 'queueScored' | 'auditSeed' | 'auditSize' | 'autoAdvance' | 'filtersOpen'
>

/** Each field by itself falls back to its default where it is damaged, absent or from another version. */
const schema = z.object({
  queueOrder: z.enum(['disagreement', 'entropy', 'random', 'file']).catch(initialQueueSlice.queueOrder),
  queue: z.array(z.string()).catch([]),
  queueScored: z.boolean().catch(false),
  auditSeed: z.int().nonnegative().catch(initialQueueSlice.auditSeed),
  auditSize: z.int().positive().max(MAX_AUDIT_SIZE).catch(initialQueueSlice.auditSize),
  autoAdvance: z.boolean().catch(initialQueueSlice.autoAdvance),
  filtersOpen: z.boolean().catch(initialQueueSlice.filtersOpen),
})

function savedQueue(state: QueueSlice): SavedQueue {
  const { queueOrder, queue, queueScored, auditSeed, auditSize, autoAdvance, filtersOpen } = state
  return { queueOrder, queue, queueScored, auditSeed, auditSize, autoAdvance, filtersOpen }
}

const FIELDS = Object.keys(savedQueue(initialQueueSlice)) as (keyof SavedQueue)[]

export function writeQueuePreferences(
  storage: PreferenceStorage,
  state: QueueSlice,
  before: QueueSlice,
): void {
  if (FIELDS.some(name => state[name] !== before[name]))
    storage.setItem(KEY, JSON.stringify(savedQueue(state)))
}

/** The order as it was left, so that a reload in the middle of a review moves nothing. */
export function readQueuePreferences(storage: PreferenceStorage): SavedQueue {
  try {
    return schema.parse(JSON.parse(storage.getItem(KEY) ?? '{}'))
  } catch (thrown) {
    console.warn('The saved order of the queue could not be read; file order is used.', thrown)
    return savedQueue(initialQueueSlice)
  }
}
