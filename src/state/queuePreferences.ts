import { z } from 'zod'
import { initialQueueSlice as initial, MAX_AUDIT_SIZE, type QueueSlice } from './slices/queueSlice'
import type { PreferenceStorage } from './viewPreferences'

const KEY = 'scarp.queue'

type SavedQueue = Pick<
  QueueSlice,
  'queueOrder' | 'queue' | 'queueScored' | 'auditSeed' | 'auditSize' | 'autoAdvance' | 'filtersOpen'
>

/** Each field by itself falls back to its default where it is damaged, absent or from another version. */
const schema = z.object({
  queueOrder: z.enum(['disagreement', 'entropy', 'random', 'file']).catch(initial.queueOrder),
  queue: z.array(z.string()).catch([]),
  queueScored: z.boolean().catch(false),
  auditSeed: z.int().nonnegative().catch(initial.auditSeed),
  auditSize: z.int().positive().max(MAX_AUDIT_SIZE).catch(initial.auditSize),
  autoAdvance: z.boolean().catch(initial.autoAdvance),
  filtersOpen: z.boolean().catch(initial.filtersOpen),
})

function savedQueue(state: QueueSlice): SavedQueue {
  const { queueOrder, queue, queueScored, auditSeed, auditSize, autoAdvance, filtersOpen } = state
  return { queueOrder, queue, queueScored, auditSeed, auditSize, autoAdvance, filtersOpen }
}

const FIELDS = Object.keys(savedQueue(initial)) as (keyof SavedQueue)[]

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
    return savedQueue(initial)
  }
}
