import { notify } from '../shell/notices'
import type { StudioState, StudioStore } from '../studioState'

type Changeable = Pick<StudioState, 'session' | 'shell'>

/** Whether this tab may change the project: it has it, and there is room to keep what it changes. */
export function canChange(state: Changeable): boolean {
  return changeObstacle(state) === null
}

/** Why nothing can be changed here now, and what to do, in words for a person; null: it can. */
export function changeObstacle({ session, shell: { jobs } }: Changeable): string | null {
  const { access, reopening, unsaved } = session
  if (access === 'waiting' || reopening) {
    return 'The project is being opened or handed over: try again in a moment.'
  }
  if (access === 'read-only') {
    return 'This tab is read-only, since the project is open in another one: press "Take over here" to change it.'
  }
  if (unsaved?.exceeded) {
    return 'Too many changes wait for room on the disk: free space or save a project archive first.'
  }
  if (jobs.archive) return 'An archive is being written or opened: wait for it, or cancel it.'
  return null
}

/** True where nothing may be changed here now; the person is told why and what to do. */
export function refuseChange({ store }: { store: StudioStore }): boolean {
  const obstacle = changeObstacle(store.getState())
  if (obstacle === null) return false
  notify(store, 'error', obstacle)
  return true
}

/** Share of the granted storage from which a person is warned. */
const NEARLY_FULL = 0.9
/** A round and its models need about this much. */
const LITTLE_ROOM_BYTES = 64 * 2 ** 20

/** Whether the browser's storage for this site is about to run out. */
export function nearlyFull({ session: { storage } }: Pick<StudioState, 'session'>): boolean {
  if (!storage || storage.quota === 0) return false
  return storage.usage > NEARLY_FULL * storage.quota || storage.quota - storage.usage < LITTLE_ROOM_BYTES
}
