import type { Studio } from '../studio'
import type { StudioState } from '../studioState'

const QUIET_MS = 250

const WATCHED = [
  'project',
  'patches',
  'history',
  'rounds',
  'unfinished',
  'threshold',
  'ensemble',
  'startFrom',
  'baseRoundId',
  'maskRevision',
  'probabilityRevision',
] as const satisfies readonly (keyof StudioState)[]

/**
 * Calls `tell` once what was changed here lies on disk, at most a few times a second, with the patches whose rasters
 * changed.
 *
 * @returns stops watching
 */
export function watchChanges({ store }: Studio, tell: (patchIds: string[]) => void): () => void {
  const patchIds = new Set<string>()
  let dirty = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const settle = () => {
    if (!dirty || store.getState().pendingWrites > 0) return
    dirty = false
    const changed = [...patchIds]
    patchIds.clear()
    tell(changed)
  }
  const stop = store.subscribe((state, before) => {
    if (state.phase !== 'ready' || before.phase !== 'ready') return
    if (WATCHED.some(name => state[name] !== before[name])) {
      dirty = true
      for (const id of raised(before.maskRevision, state.maskRevision)) patchIds.add(id)
      for (const id of raised(before.probabilityRevision, state.probabilityRevision)) patchIds.add(id)
    } else if (!dirty || state.pendingWrites >= before.pendingWrites) return
    clearTimeout(timer)
    timer = setTimeout(settle, QUIET_MS)
  })
  return () => {
    clearTimeout(timer)
    stop()
  }
}

function raised(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>): string[] {
  return before === after ? [] : Object.keys(after).filter(id => after[id] !== before[id])
}
