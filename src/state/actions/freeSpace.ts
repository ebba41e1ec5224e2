import { toAppError } from '../../core/foundation/appError'
import { predictingModels } from '../modelSelectors'
import { notify } from '../notify'
import { refuseChange } from '../refuseChange'
import type { Studio } from '../studio'
import { measureStorage } from './openProject'
import { discardRound } from './startRound'

/** Opens the dialog about storage, with what takes how much. */
export async function showStorage(studio: Studio): Promise<void> {
  studio.store.setState({ dialog: 'storage' })
  await measureUse(studio)
}

/** Removes what single networks predicted, but for those that predict now: it can be predicted again. */
export function freePredictions(studio: Studio): Promise<void> {
  const kept = predictingModels(studio.store.getState()).map(model => model.id)
  return freeing(studio, async () => {
    await studio.storage.removePredictions(kept)
    for (const { id } of studio.store.getState().patches) studio.pixels.probabilities.deleteUnder(`${id}/`)
  })
}

/** Removes the unfinished round with its checkpoints. */
export function freeCheckpoints(studio: Studio): Promise<void> {
  return freeing(studio, () => discardRound(studio))
}

/** Writes what waits again. */
export async function retrySaving(studio: Studio): Promise<void> {
  if (await studio.writes.retry()) notify(studio.store, 'information', 'Everything is saved again.')
  await measureStorage(studio)
}

async function freeing(studio: Studio, work: () => Promise<void>): Promise<void> {
  // Too many changes that wait are what room is made for: only another tab's project is left alone.
  if (studio.store.getState().access !== 'owner' && refuseChange(studio)) return
  try {
    await work()
    await measureUse(studio)
    if (studio.store.getState().unsaved) await retrySaving(studio)
  } catch (thrown) {
    notify(studio.store, 'error', toAppError(thrown, 'storage-failed').message)
  }
}

async function measureUse(studio: Studio): Promise<void> {
  try {
    studio.store.setState({ storageUse: await studio.storage.storageUse() })
    await measureStorage(studio)
  } catch (thrown) {
    notify(studio.store, 'error', toAppError(thrown, 'storage-failed').message)
  }
}
