import { type QueueOrder, sortQueue } from '../../core/review/queueOrder'
import { isReviewable } from '../selectors'
import { MAX_AUDIT_SIZE, NO_SEARCH, type QueueSearch } from '../slices/queueSlice'
import type { Studio } from '../studio'
import { recordAudit } from './recordAudit'

/** Puts the queue into an order by today's scores; what is on screen stays there. */
export function orderQueue(studio: Studio, queueOrder: QueueOrder): void {
  studio.store.setState({ queueOrder })
  sortAgain(studio)
}

export function sortAgain(studio: Studio): void {
  studio.store.setState(state => ({
    queue: sortQueue(state.patches, state.queueOrder, state),
    queueScored: state.patches.some(patch => isReviewable(patch) && patch.scores),
  }))
}

/** Draws the audit sample: the size is taken as far as there are patches, another seed draws others. */
export function drawAudit(studio: Studio, auditSize: number, auditSeed: number): void {
  const size = Math.min(MAX_AUDIT_SIZE, Math.max(1, Math.round(auditSize)))
  const state = studio.store.getState()
  if (size === state.auditSize && auditSeed === state.auditSeed) return
  studio.store.setState({ auditSize: size, auditSeed })
  if (state.queueOrder === 'random') sortAgain(studio)
  recordAudit(studio, { kind: 'audit-sample', detail: `Sample of ${size}, seed ${auditSeed}` })
}

export function searchQueue(studio: Studio, change: Partial<QueueSearch>): void {
  studio.store.setState(state => {
    const queueSearch = { ...state.queueSearch, ...change }
    const plain = Object.entries(NO_SEARCH).every(
      ([name, value]) => queueSearch[name as keyof QueueSearch] === value,
    )
    return { queueSearch: plain ? NO_SEARCH : queueSearch }
  })
}

/**
 * Sorts where nobody is in the middle of the queue: at the end of a round, and when the first scores arrive where the
 * queue was to be by scores and had none. Any other prediction leaves it as it is.
 */
export function watchQueue(studio: Studio): void {
  studio.store.subscribe((state, before) => {
    if (state.phase !== 'ready') return
    const opened = before.phase !== 'ready' && state.queue.length === 0
    const roundEnded = before.phase === 'ready' && state.rounds.length > before.rounds.length
    const predicted = before.jobs.predict !== undefined && state.jobs.predict === undefined
    if (opened || roundEnded || (predicted && !state.queueScored)) sortAgain(studio)
  })
}
