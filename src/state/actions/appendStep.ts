import { verdictsInForce } from '../../core/review/verdictsInForce'
import type { HistoryRecord } from '../../storage/projectStore'
import type { Studio } from '../studio'
import { historyEntry } from './historyEntry'

/**
 * Puts a new step on the undo stack and on disk at once; what could have been redone is dropped.
 *
 * @param mask written before the step, so that a crash between the two loses no work
 */
export function appendStep(
  studio: Studio,
  step: Omit<HistoryRecord, 'sequence' | 'undone'>,
  mask: Uint8Array | null,
): void {
  const { history } = studio.store.getState()
  const dropped = history.filter(entry => entry.undone).map(entry => entry.sequence)
  const sequence = (history.at(-1)?.sequence ?? 0) + 1
  const record: HistoryRecord = { ...step, sequence, undone: false }
  if (record.diff) studio.pixels.strokes.set(sequence, record.diff)
  for (const old of dropped) studio.pixels.strokes.delete(old)
  const kept = [...history.filter(entry => !entry.undone), historyEntry(record)]
  studio.store.setState({ history: kept, verdicts: verdictsInForce(kept) })
  const { storage, writes } = studio
  if (mask) {
    const bytes = mask.slice()
    void writes.push(() => storage.writeMask(step.patchId, bytes))
  }
  void writes.push(async () => {
    if (dropped.length > 0) await storage.removeHistory(dropped)
    await storage.putHistory(record)
  })
}
