import { toAppError } from '../../core/foundation/appError'
import { notify } from '../notify'
import { sessionOf } from '../session/joinSession'
import { reloadProject } from '../session/reloadProject'
import type { Studio } from '../studio'
import { startEngine } from './startEngine'

/**
 * Opens the project anew, in the window and the workers, after another one took its place: their connections are to
 * files that are gone. The other tabs are told to do so, too.
 */
export async function reopenProject(studio: Studio, tell = true): Promise<void> {
  const { store, files, engine, writes } = studio
  const { access } = store.getState()
  // What changes now was done by nobody: it is neither logged nor told to other tabs as work.
  store.setState({ access: 'waiting' })
  try {
    files.restart()
    engine.restart()
    await studio.reopenStorage()
    if (access === 'owner') writes.restart()
    await reloadProject(studio, 'all')
    store.setState({ live: null, saved: null, importOutcome: null, checks: {}, facts: {}, saveError: null })
  } catch (thrown) {
    notify(store, 'error', toAppError(thrown, 'storage-failed').message)
  } finally {
    store.setState({ access })
  }
  if (tell) sessionOf(studio)?.replaced()
  void startEngine(studio)
}
