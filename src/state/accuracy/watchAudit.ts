import { toAppError } from '../../core/foundation/appError'
import { patchById } from '../patches/selectors'
import { storeUnfrozenMasks } from '../review/masks'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { selectPatch } from '../view/actions'
import { enterAudit } from './actions'
import { auditById, currentPoint, isAuditing } from './selectors'

const TIMER = 'audited map'

const QUIET_MS = 200

/** The audit of which somebody looks at figures. */
function lookedAt({ accuracy, shell }: StudioState): string | null {
  return shell.dialog === 'audit-summary' ? accuracy.askedId : accuracy.openId
}

/**
 * Resumes the audit that a reload left open, keeps the patch of its point on the stage, and reads what the map says at the
 * points whenever it may have changed.
 */
export function watchAudit(studio: Studio): void {
  const { store, timers } = studio
  let reading: AbortController | null = null

  const read = async () => {
    reading?.abort()
    const mine = new AbortController()
    reading = mine
    const audit = auditById(store.getState(), lookedAt(store.getState()))
    if (!audit) return
    try {
      // A worker reads what is on disk.
      await storeUnfrozenMasks(studio)
      const points = audit.points.map(({ patchId, column, row }) => ({ patchId, column, row }))
      const { threshold } = store.getState().review
      const { classes } = await studio.files.call(
        'mapAtPoints',
        { points, threshold },
        { signal: mine.signal },
      )
      if (!mine.signal.aborted) {
        store.change({ accuracy: { mapped: { auditId: audit.id, classes }, mappedError: null } })
      }
    } catch (thrown) {
      if (!mine.signal.aborted) store.change({ accuracy: { mappedError: toAppError(thrown).message } })
    }
  }

  store.subscribe((state, before) => {
    if (state.session.phase !== 'ready') return
    if (before.session.phase !== 'ready' && state.accuracy.openId !== null) {
      const left = auditById(state, state.accuracy.openId)
      if (left) {
        enterAudit(studio, left.id)
        void read()
      } else store.change({ accuracy: { openId: null } })
      return
    }
    stayOnPoint(studio, state)
    const id = lookedAt(state)
    if (id === null) return
    const changed =
      id !== lookedAt(before) ||
      state.review.history !== before.review.history ||
      state.review.threshold !== before.review.threshold ||
      state.patches.list !== before.patches.list
    if (changed) timers.start(TIMER, QUIET_MS, () => void read())
  })
}

/** Whatever else selects a patch (an import, another tab) does not take the point off the stage. */
function stayOnPoint(studio: Studio, state: StudioState): void {
  if (!isAuditing(state)) return
  const point = currentPoint(state)
  if (point && point.patchId !== state.view.selectedId && patchById(state, point.patchId)) {
    void selectPatch(studio, point.patchId)
  }
}
