import { toAppError } from '../../core/foundation/appError'
import { diffMasks, type MaskDiff, revertInPlace } from '../../core/review/maskDiff'
import { verdictsInForce } from '../../core/review/verdictsInForce'
import { layStroke } from '../layStroke'
import { maskSaver } from '../maskSaver'
import { notify } from '../notify'
import { isFrozen, patchById, redoable, undoable } from '../selectors'
import type { HistoryEntry } from '../slices/reviewSlice'
import type { Studio } from '../studio'
import { removeVertex } from './drawShape'
import { loadMask, showMask } from './loadMask'
import { selectPatch } from './selectPatch'

/** Takes back the last stroke or verdict, wherever it was made, and shows that patch; a bulk verdict as a whole. */
export function undo(studio: Studio): Promise<void> {
  return serially(studio, async () => {
    const state = studio.store.getState()
    // A polygon that is being drawn is what was done last.
    if (state.draft && state.draft.patchId === state.selectedId) {
      removeVertex(studio)
      return
    }
    const step = undoable(state)
    if (step) await turnAll(studio, groupOf(state.history, step, false).reverse(), true)
  })
}

export function redo(studio: Studio): Promise<void> {
  return serially(studio, async () => {
    const state = studio.store.getState()
    const step = redoable(state)
    if (step) await turnAll(studio, groupOf(state.history, step, true), false)
  })
}

/** The step and those that were one action with it. */
function groupOf(history: readonly HistoryEntry[], step: HistoryEntry, undone: boolean): HistoryEntry[] {
  if (step.group === undefined) return [step]
  return history.filter(other => other.group === step.group && other.undone === undone)
}

async function turnAll(studio: Studio, steps: readonly HistoryEntry[], undone: boolean): Promise<void> {
  // Of a bulk verdict every patch changes: the one on screen stays there.
  const [first] = steps
  if (steps.length === 1 && first && studio.store.getState().selectedId !== first.patchId) {
    await selectPatch(studio, first.patchId)
  }
  for (const step of steps) await turn(studio, step, undone)
}

const tails = new WeakMap<Studio, Promise<void>>()

/** Held keys ask faster than a patch loads: steps are taken one after another, none is lost or doubled. */
function serially(studio: Studio, work: () => Promise<void>): Promise<void> {
  const tail = (tails.get(studio) ?? Promise.resolve()).then(work).catch((thrown: unknown) => {
    notify(studio.store, 'error', toAppError(thrown).message)
  })
  tails.set(studio, tail)
  return tail
}

/** No mask holds 254, so that the difference from it names every pixel. */
const NO_VALUE = 254

function wholeMask(mask: Uint8Array): MaskDiff {
  return diffMasks(new Uint8Array(mask.length).fill(NO_VALUE), mask)
}

async function turn(studio: Studio, step: HistoryEntry, undone: boolean): Promise<void> {
  const { store, pixels, storage, writes } = studio
  const patch = patchById(store.getState(), step.patchId)
  if (!patch) return
  const kept = pixels.strokes.get(step.sequence) ?? (await storage.historyStep(step.sequence))?.diff
  const wasFrozen = isFrozen(store.getState(), patch.id)
  let mask = (await loadMask(studio, patch)) ?? (kept ? new Uint8Array(patch.width * patch.height) : null)
  let change: MaskDiff | undefined
  let diff = kept
  const judged = step.kind === 'verdict' && !step.remask
  // The threshold or the networks may move on before a redo, which must bring back the mask that was judged.
  if (judged && undone && mask) diff = wholeMask(mask)
  else if (judged && !undone && mask && kept) change = layStroke(mask, patch.width, kept, kept.after)
  else if (mask && kept && undone && !step.remask) change = revertInPlace(mask, kept)
  else if (mask && kept) {
    change = layStroke(mask, patch.width, kept, undone ? kept.before : kept.after)
    // The threshold may have moved while the stroke was undone: its difference is from the mask as it is now.
    if (!undone && !step.remask) diff = change
  }
  if (diff && diff !== kept) pixels.strokes.set(step.sequence, diff, false)
  const history = store
    .getState()
    .history.map(entry => (entry.sequence === step.sequence ? { ...entry, undone } : entry))
  store.setState({ history, verdicts: verdictsInForce(history), historyBytes: pixels.strokes.bytes })

  if (!isFrozen(store.getState(), patch.id)) {
    // Back to what the network shows at today's threshold.
    pixels.masks.delete(patch.id)
    const derived = await loadMask(studio, patch)
    if (derived) [mask, change] = [derived, undefined]
  }
  if (mask) showMask(studio, patch.id, mask, change)
  // As in `appendStep`: a mask that begins to count goes to disk before the step that says so.
  if (mask && !wasFrozen) void maskSaver(studio).now(patch.id, mask)
  void writes
    .push(() => storage.putHistory({ ...step, ...(diff && { diff }), undone }))
    .then(() => pixels.strokes.saved(step.sequence))
  if (mask && wasFrozen) maskSaver(studio).later(patch.id, mask)
}
