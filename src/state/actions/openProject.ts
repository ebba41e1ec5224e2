import { toAppError } from '../../core/foundation/appError'
import { verdictsInForce } from '../../core/review/verdictsInForce'
import type { HistoryRecord } from '../../storage/projectStore'
import type { HistoryEntry } from '../slices/reviewSlice'
import type { Studio } from '../studio'
import { readViewPreferences } from '../viewPreferences'
import { selectPatch } from './selectPatch'

/** Everything as it was left, on storage that the browser may not clear by itself: records, undo stack, threshold, rounds, selection and view. */
export async function openProject(studio: Studio): Promise<void> {
  try {
    const { storage, store } = studio
    void storage.persist()
    const [project, patches, records, rounds, unfinished] = await Promise.all([
      storage.project(),
      storage.patches(),
      storage.history(),
      storage.rounds(),
      storage.unfinishedRound(),
    ])
    const ordered = [...records].sort((a, b) => a.sequence - b.sequence)
    for (const record of ordered) if (record.diff) studio.pixels.strokes.set(record.sequence, record.diff)
    const history = ordered.map(historyEntry)
    const { view, settings } = readViewPreferences(studio.preferences)
    store.setState({
      ...view,
      settings,
      project,
      threshold: project.threshold,
      ensemble: project.ensemble ?? null,
      startFrom: project.startFrom ?? {},
      patches: [...patches].sort((a, b) => a.order - b.order),
      history,
      verdicts: verdictsInForce(history),
      rounds: [...rounds].sort((a, b) => a.index - b.index),
      unfinished,
      phase: 'ready',
    })
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

export function historyEntry(record: HistoryRecord): HistoryEntry {
  const { diff: _, ...entry } = record
  return entry
}
