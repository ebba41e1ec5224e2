import { toAppError } from '../../core/foundation/appError'
import type { Studio } from '../studio'
import { readViewPreferences } from '../viewPreferences'
import { readRecords } from './readRecords'
import { selectPatch } from './selectPatch'

/** Everything as it was left, on storage that the browser may not clear by itself: records, undo stack, threshold, rounds, selection and view. */
export async function openProject(studio: Studio): Promise<void> {
  try {
    const { storage, store } = studio
    storage.persist().then(
      persisted => store.setState({ persisted }),
      (thrown: unknown) => console.warn('The browser was not asked to keep the project.', thrown),
    )
    const records = await readRecords(studio)
    const { view, settings } = readViewPreferences(studio.preferences)
    store.setState({ ...view, settings, ...records, phase: 'ready' })
    const state = store.getState()
    const first = state.patches.find(patch => patch.id === state.selectedId) ?? state.patches[0]
    await Promise.all([selectPatch(studio, first?.id ?? null), measureStorage(studio)])
  } catch (thrown) {
    studio.store.setState({ phase: 'failed', openError: toAppError(thrown, 'storage-failed').message })
  }
}

export async function measureStorage(studio: Studio): Promise<void> {
  studio.store.setState({ storage: await studio.storage.estimate() })
}
