import { notify } from './notify'
import { changeObstacle } from './selectors'
import type { Studio } from './studio'

/** True where nothing may be changed here now; the person has been told why and what to do. */
export function refuseChange(studio: Studio): boolean {
  const obstacle = changeObstacle(studio.store.getState())
  if (obstacle === null) return false
  notify(studio.store, 'error', obstacle)
  return true
}
