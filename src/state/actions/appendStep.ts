import { recoverMask } from '../../core/review/recoverMask'
import { verdictsInForce } from '../../core/review/verdictsInForce'
import type { HistoryRecord } from '../../storage/projectStore'
import { maskSaver } from '../maskSaver'
import { refuseChange } from '../refuseChange'
import { isFrozen, undoable } from '../selectors'
import { diffBytes } from '../strokeCache'
import type { Studio } from '../studio'
import { historyEntry } from './historyEntry'

/**
 * Puts a new step on the undo stack and on disk at once; what could have been redone is dropped. The mask follows
 * later (`MaskSaver`), but for the first step on a patch: until then its mask is derived, and goes to disk whole.
 *
 * @param mask as the step left it; null: it has none
 */
export function appendStep(
  studio: Studio,
  step: Omit<HistoryRecord, 'sequence' | 'undone'>,
  mask: Uint8Array | null,
): void {
  if (refuseChange(studio)) return
  const { store, pixels, storage, writes } = studio
  const { history } = store.getState()
  const sequence = (history.at(-1)?.sequence ?? 0) + 1
  const record: HistoryRecord = { ...step, sequence, undone: false }
  const derived = !isFrozen(store.getState(), step.patchId)
  dropUndone(studio, record, mask)
  if (record.diff) pixels.strokes.set(sequence, record.diff, false)
  const kept = [...history.filter(entry => !entry.undone), historyEntry(record)]
  store.setState({ history: kept, verdicts: verdictsInForce(kept), historyBytes: pixels.strokes.bytes })
  // On disk before the step where the step makes it count: a crash between the two must not leave an older mask.
  if (mask && derived) void maskSaver(studio).now(step.patchId, mask)
  const bytes = record.diff ? diffBytes(record.diff) : 0
  void writes.push(() => storage.putHistory(record), { bytes }).then(() => pixels.strokes.saved(sequence))
  if (mask && !derived) maskSaver(studio).later(step.patchId, mask)
}

/** Removes the steps that could have been redone, once no stored mask holds them (see `recoverMask`). */
function dropUndone(studio: Studio, next: HistoryRecord, mask: Uint8Array | null): void {
  const { store, pixels, storage, writes } = studio
  const state = store.getState()
  const dropped = state.history.filter(entry => entry.undone)
  if (dropped.length === 0) return
  const saver = maskSaver(studio)
  const through = undoable(state)?.sequence ?? 0
  for (const patchId of new Set(dropped.map(entry => entry.patchId))) {
    const shown = patchId === next.patchId ? mask : pixels.masks.get(patchId)
    const held = shown ?? saver.newest(patchId)
    if (!saver.mayHoldUndone(patchId)) continue
    if (!held) {
      // Left by an earlier visit: what is read is already without the undone steps.
      void writes.push(async () => {
        const stored = await storage.readMask(patchId)
        if (stored) await storage.writeMask(patchId, stored, through)
      })
      continue
    }
    const before = held.slice()
    if (patchId === next.patchId && next.diff) {
      recoverMask(before, next.sequence, [{ ...next, kind: 'stroke', undone: true }])
    }
    void saver.now(patchId, before, through, patchId !== next.patchId)
  }
  const sequences = dropped.map(entry => entry.sequence)
  for (const sequence of sequences) pixels.strokes.delete(sequence)
  void writes.push(() => storage.removeHistory(sequences))
}
