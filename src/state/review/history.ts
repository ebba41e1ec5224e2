import { recoverMask } from '../../core/masks/maskDiff'
import type { HistoryRecord } from '../../core/review/records'
import { currentVerdicts } from '../../core/review/verdict'
import { patchesById } from '../patches/selectors'
import { diffBytes } from '../pixelCache'
import { refuseChange } from '../session/selectors'
import type { Studio } from '../studio'
import { baseNow, frozenPatchIds, undoable } from './selectors'
import type { HistoryEntry } from './slice'

/** A step without its pixels, which lie in the `PixelCache`. */
export function historyEntry(record: HistoryRecord): HistoryEntry {
  const { diff: _, ...entry } = record
  return entry
}

export interface NewStep {
  /** `base` where the mask begins from something else than the networks show. */
  step: Omit<HistoryRecord, 'sequence' | 'undone' | 'at'>
  /** As the step left it; null: there is none. */
  mask: Uint8Array | null
}

interface AddedStep {
  record: HistoryRecord
  mask: Uint8Array | null
}

/** `appendSteps` for one. */
export function appendStep(studio: Studio, step: NewStep['step'], mask: NewStep['mask']): boolean {
  return appendSteps(studio, [{ step, mask }])
}

/**
 * Puts new steps, each on another patch (but that an addition may be followed by a stroke on its patch), on the undo stack
 * and on disk at once; what could have been redone is dropped.
 * A mask follows later (`MaskSaver`), except a patch's first one: until then it was derived, and it is written whole.
 *
 * @returns false where nothing may be changed now: a notice says why, and nothing of the steps was kept.
 */
export function appendSteps(studio: Studio, steps: readonly NewStep[]): boolean {
  if (steps.length === 0) return true
  if (refuseChange(studio)) return false
  const { store, pixels } = studio
  const {
    review: { history },
  } = store.getState()
  const frozen = frozenPatchIds(store.getState())
  const at = studio.now().toISOString()
  const patches = patchesById(store.getState())
  let sequence = history.at(-1)?.sequence ?? 0
  const added: AddedStep[] = steps.map(({ step, mask }) => ({
    record: {
      ...step,
      sequence: ++sequence,
      at,
      // The mask is the networks' until now, or is made from theirs again.
      ...(step.base === undefined &&
        (step.remask || !frozen.has(step.patchId)) &&
        (step.kind === 'stroke' || step.kind === 'verdict') && {
          base: baseNow(store.getState(), patches.get(step.patchId)),
        }),
      undone: false,
    },
    mask,
  }))
  dropUndone(studio, added)
  for (const { record } of added) if (record.diff) pixels.strokes.set(record.sequence, record.diff, false)
  const kept = [...history.filter(entry => !entry.undone), ...added.map(({ record }) => historyEntry(record))]
  store.change({
    review: { history: kept, verdicts: currentVerdicts(kept), historyBytes: pixels.strokes.bytes },
  })
  keepSteps(
    studio,
    added.map(({ record, mask }) => {
      return { record, mask, begins: !frozen.has(record.patchId), through: record.sequence }
    }),
  )
  return true
}

/** Removes the steps that could have been redone, once no stored mask holds them (see `recoverMask`). */
function dropUndone(studio: Studio, added: readonly AddedStep[]): void {
  const { store, pixels, storage, writes } = studio
  const state = store.getState()
  const dropped = state.review.history.filter(entry => entry.undone)
  if (dropped.length === 0) return
  const saver = studio.maskSaver
  const through = undoable(state)?.sequence ?? 0
  const addedTo = new Map(added.map(one => [one.record.patchId, one]))
  const shaping = dropped.filter(({ kind }) => kind !== 'hold-out')
  for (const patchId of new Set(shaping.map(entry => entry.patchId))) {
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

/** A step on its way to disk. */
export interface KeptStep {
  record: HistoryRecord
  /** As the step left it; null: there is none. */
  mask: Uint8Array | null
  /** Whether it is the patch's first mask: before this step it was derived from the probabilities. */
  begins: boolean
  /** Sequence of the latest step that the mask holds; by default the latest that is not undone. */
  through?: number
}

/** Steps in one write: thousands one by one take minutes, and one write of all of them takes too much memory. */
const STEPS_A_WRITE = 64

/**
 * Queues steps, each on another patch, and their masks for the disk. A patch's first mask is written before its step: a
 * crash between the two must not leave an older mask. Other masks follow later (`MaskSaver`).
 */
export function keepSteps(studio: Studio, steps: readonly KeptStep[]): void {
  const { pixels, storage, writes } = studio
  const saver = studio.maskSaver
  for (let from = 0; from < steps.length; from += STEPS_A_WRITE) {
    const some = steps.slice(from, from + STEPS_A_WRITE)
    for (const { record, mask, begins, through } of some) {
      if (mask && begins) void saver.now(record.patchId, mask, through)
    }
    const records = some.map(({ record }) => record)
    const bytes = records.reduce((sum, { diff }) => sum + (diff ? diffBytes(diff) : 0), 0)
    void writes
      .push(() => storage.putHistory(records), { bytes })
      .then(() => {
        for (const { sequence } of records) pixels.strokes.saved(sequence)
      })
    for (const { record, mask, begins } of some) if (mask && !begins) saver.later(record.patchId, mask)
  }
}

/** Drops all steps on patches that are gone from the disk with them. */
export function forgetSteps(studio: Pick<Studio, 'store' | 'pixels'>, patchIds: ReadonlySet<string>): void {
  const { store, pixels } = studio
  const {
    review: { history },
  } = store.getState()
  const kept = history.filter(step => !patchIds.has(step.patchId))
  if (kept.length === history.length) return
  for (const step of history) if (patchIds.has(step.patchId)) pixels.strokes.delete(step.sequence)
  store.change({
    review: { history: kept, verdicts: currentVerdicts(kept), historyBytes: pixels.strokes.bytes },
  })
}

/** A replaced file cannot come back once either of its patches is gone: what is left stays, and undo passes it by. */
export function forgetReplacements(studio: Studio, gone: ReadonlySet<string>): void {
  const { history } = studio.store.getState().review
  const additions = history.filter(({ kind }) => kind === 'addition')
  const groups = new Set(additions.map(({ group }) => group))
  const swaps = history.filter(({ kind, group }) => groups.has(group) && kind !== 'stroke')
  const broken = new Set(swaps.filter(({ patchId }) => gone.has(patchId)).map(({ group }) => group))
  const dropped = new Set(swaps.filter(({ group }) => broken.has(group)).map(({ sequence }) => sequence))
  if (dropped.size === 0) return
  studio.store.change({ review: { history: history.filter(({ sequence }) => !dropped.has(sequence)) } })
  void studio.writes.push(() => studio.storage.removeHistory([...dropped]))
}
