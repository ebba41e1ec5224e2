import { notify } from '../shell/jobs'
import type { Studio } from '../studio'
import { changeObstacle } from './selectors'

/** True where nothing may be changed here now; the person has been told why and what to do. */
export function refuseChange(studio: Studio): boolean {
  const obstacle = changeObstacle(studio.store.getState())
  if (obstacle === null) return false
  notify(studio.store, 'error', obstacle)
  return true
}

/** Writes what waits again. */
export async function retrySaving(studio: Studio): Promise<void> {
  if (await studio.writes.retry()) notify(studio.store, 'information', 'Everything is saved again.')
  await measureStorage(studio)
}

export async function measureStorage(studio: Studio): Promise<void> {
  studio.store.setState({ storage: await studio.storage.estimate() })
}
