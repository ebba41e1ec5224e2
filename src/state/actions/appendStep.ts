import { recoverMask } from '../../core/review/recoverMask'
import { verdictsInForce } from '../../core/review/verdictsInForce'
import type { HistoryRecord } from '../../storage/projectStore'
import { keepSteps } from '../keepSteps'
import { maskSaver } from '../maskSaver'
import { refuseChange } from '../refuseChange'
import { frozenPatchIds, undoable } from '../selectors'
import type { Studio } from '../studio'
import { historyEntry } from './historyEntry'

export interface NewStep {
  step: Omit<HistoryRecord, 'sequence' | 'undone'>
  /** As the step left it; null: there is none. */
  mask: Uint8Array | null
}

interface AddedStep {
  record: HistoryRecord
  mask: Uint8Array | null
}

/** Puts a new step on the undo stack and on disk at once (see `appendSteps`). */
export function appendStep(studio: Studio, step: NewStep['step'], mask: NewStep['mask']): void {
  appendSteps(studio, [{ step, mask }])
}

/**
 * Puts new steps, each on another patch, on the undo stack and on disk at once; what could have been redone is dropped.
 * A mask follows later (`MaskSaver`), but for the first step on its patch: until then the mask is derived, and goes to
 * disk whole.
 */
export function appendSteps(studio: Studio, steps: readonly NewStep[]): void {
  if (steps.length === 0 || refuseChange(studio)) return
  const { store, pixels } = studio
  const { history } = store.getState()
  const frozen = frozenPatchIds(store.getState())
  let sequence = history.at(-1)?.sequence ?? 0
  const added: AddedStep[] = steps.map(({ step, mask }) => ({
    record: { ...step, sequence: ++sequence, undone: false },
    mask,
  }))
  dropUndone(studio, added)
  for (const { record } of added) if (record.diff) pixels.strokes.set(record.sequence, record.diff, false)
  const kept = [...history.filter(entry => !entry.undone), ...added.map(({ record }) => historyEntry(record))]
  store.setState({ history: kept, verdicts: verdictsInForce(kept), historyBytes: pixels.strokes.bytes })
  keepSteps(
    studio,
    added.map(({ record, mask }) => {
      return { record, mask, begins: !frozen.has(record.patchId), through: record.sequence }
    }),
  )
}

/** Removes the steps that could have been redone, once no stored mask holds them (see `recoverMask`). */
function dropUndone(studio: Studio, added: readonly AddedStep[]): void {
  const { store, pixels, storage, writes } = studio
  const state = store.getState()
  const dropped = state.history.filter(entry => entry.undone)
  if (dropped.length === 0) return
  const saver = maskSaver(studio)
  const through = undoable(state)?.sequence ?? 0
  const addedTo = new Map(added.map(one => [one.record.patchId, one]))
  for (const patchId of new Set(dropped.map(entry => entry.patchId))) {
    const next = addedTo.get(patchId)
    const shown = next ? next.mask : pixels.masks.get(patchId)
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
    if (next?.record.diff) {
      recoverMask(before, next.record.sequence, [{ ...next.record, kind: 'stroke', undone: true }])
    }
    void saver.now(patchId, before, through, !next)
  }
  const sequences = dropped.map(entry => entry.sequence)
  for (const sequence of sequences) pixels.strokes.delete(sequence)
  void writes.push(() => storage.removeHistory(sequences))
}
