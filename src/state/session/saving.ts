import { notify } from '../shell/notices'
import type { Studio } from '../studio'

/** Writes what waits again. */
export async function retrySaving(studio: Studio): Promise<void> {
  if (await studio.writes.retry()) notify(studio.store, 'information', 'Everything is saved again.')
  await measureStorage(studio)
}

export async function measureStorage(studio: Studio): Promise<void> {
  studio.store.change({ session: { storage: await studio.storage.estimate() } })
}
