import type { Studio } from '../studio'
import type { StudioState } from '../studioState'

const TIMER = 'changes'

const QUIET_MS = 250

/** Whether something changed that other tabs read from the storage. */
function changed(state: StudioState, before: StudioState): boolean {
  const shared = ({ session, patches, scenes, review, accuracy, rounds, models }: StudioState) => [
    session.project,
    patches.list,
    scenes.list,
    review.history,
    review.threshold,
    review.maskRevision,
    review.probabilityRevision,
    accuracy.list,
    rounds.list,
    rounds.unfinished,
    rounds.baseId,
    models.ensemble,
    models.startFrom,
  ]
  const was = shared(before)
  return shared(state).some((value, at) => value !== was[at])
}

/**
 * Calls `report` once what was changed here is on disk, at most a few times a second, with the patches whose rasters
 * changed.
 *
 * @returns stops watching
 */
export function watchChanges({ store, timers }: Studio, report: (patchIds: string[]) => void): () => void {
  const patchIds = new Set<string>()
  let dirty = false
  const settle = () => {
    if (!dirty || store.getState().session.pendingWrites > 0) return
    dirty = false
    const ids = [...patchIds]
    patchIds.clear()
    report(ids)
  }
  const stop = store.subscribe((state, before) => {
    if (state.session.phase !== 'ready' || before.session.phase !== 'ready') return
    if (changed(state, before)) {
      dirty = true
      for (const id of raised(before.review.maskRevision, state.review.maskRevision)) patchIds.add(id)
      for (const id of raised(before.review.probabilityRevision, state.review.probabilityRevision))
        patchIds.add(id)
    } else if (!dirty || state.session.pendingWrites >= before.session.pendingWrites) return
    timers.start(TIMER, QUIET_MS, settle)
  })
  return () => {
    timers.stop(TIMER)
    stop()
  }
}

function raised(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>): string[] {
  return before === after ? [] : Object.keys(after).filter(id => after[id] !== before[id])
}
