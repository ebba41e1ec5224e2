import { notify } from '../shell/notices'
import type { StudioState, StudioStore } from '../studioState'

type Changeable = Pick<StudioState, 'session' | 'shell'>

/** Whether this tab may change the project: it has it, and there is room for unsaved changes. */
export function canChange(state: Changeable): boolean {
  return changeObstacle(state) === null
}

/** Why nothing can be changed here now, and what to do, as shown to the user; null: it can. */
export function changeObstacle({ session, shell: { jobs } }: Changeable): string | null {
  const { access, reopening, unsaved } = session
  if (access === 'waiting' || reopening) {
    return 'The project is being opened or handed over: try again in a moment.'
  }
  if (access === 'read-only') {
    return 'This tab is read-only because the project is open in another tab. Press "Take over here" to make changes.'
  }
  if (unsaved?.exceeded) {
    return 'Too many unsaved changes: free disk space or save a project archive first.'
  }
  if (jobs.archive)
    return 'The project is being saved, opened or copied: wait until it is done, or cancel it.'
  return null
}

/** True where nothing may be changed here now; a notice says why and what to do. */
export function refuseChange({ store }: { store: StudioStore }): boolean {
  const obstacle = changeObstacle(store.getState())
  if (obstacle === null) return false
  notify(store, 'error', obstacle)
  return true
}

/** Share of the granted storage from which the user is warned. */
const NEARLY_FULL = 0.9

/** A round and its models need about this much. */
const LITTLE_ROOM_BYTES = 64 * 2 ** 20

/** Whether the browser's storage for this site is about to run out. */
export function nearlyFull({ session: { storage } }: Pick<StudioState, 'session'>): boolean {
  if (!storage || storage.quota === 0) return false
  return storage.usage > NEARLY_FULL * storage.quota || storage.quota - storage.usage < LITTLE_ROOM_BYTES
}
