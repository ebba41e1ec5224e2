import { plural } from '../../core/foundation/text'
import { diffMasks, type MaskDiff, revertInPlace } from '../../core/masks/maskDiff'
import { MaskEdit } from '../../core/masks/maskEdit'
import { verdictColumns } from '../../core/review/auditLog'
import type { PatchRecord } from '../../core/review/records'
import { currentVerdicts } from '../../core/review/verdict'
import { removeVertex } from '../edit/tools'
import { changePatches } from '../patches/actions'
import { bringBack, swapPatches, takeOut } from '../patches/removal'
import { patchById, removalObstacle } from '../patches/selectors'
import { refuseChange } from '../session/selectors'
import { notify, notifyError } from '../shell/notices'
import type { Studio } from '../studio'
import { refreshSelected, selectPatch } from '../view/actions'
import { type AuditNews, recordAudit } from './audit'
import { keepSteps } from './history'
import { landslideShare, loadMask, loadPixels, peekMask, showMask } from './masks'
import { baseNow, frozenPatchIds, isFrozen, redoable, undoable } from './selectors'
import type { HistoryEntry } from './slice'

/** Undoes the last stroke, verdict, removal or holding out, on whichever patch, and shows that patch; a bulk verdict as a whole. */
export function undo(studio: Studio): Promise<void> {
  return serially(studio, async () => {
    const state = studio.store.getState()
    // A polygon that is being drawn is what was done last.
    if (state.edit.draft && state.edit.draft.patchId === state.view.selectedId) {
      removeVertex(studio)
      return
    }
    const step = undoable(state)
    if (step) await turnAll(studio, groupOf(state.review.history, step, false).reverse(), true)
  })
}

export function redo(studio: Studio): Promise<void> {
  return serially(studio, async () => {
    const state = studio.store.getState()
    const step = redoable(state)
    if (step) await turnAll(studio, groupOf(state.review.history, step, true), false)
  })
}

/** The step and those that were one action with it. */
function groupOf(history: readonly HistoryEntry[], step: HistoryEntry, undone: boolean): HistoryEntry[] {
  if (step.group === undefined) return [step]
  return history.filter(other => other.group === step.group && other.undone === undone)
}

async function turnAll(studio: Studio, steps: readonly HistoryEntry[], undone: boolean): Promise<void> {
  const [first] = steps
  if (!first || refuseChange(studio)) return
  if (steps.some(({ kind }) => kind === 'addition')) {
    await turnReplacement(studio, steps, undone)
    return
  }
  if (first.kind === 'removal') {
    await turnRemovals(studio, steps, undone)
    return
  }
  const relabels = steps.some(({ change }) => change?.after.hasLabel !== undefined)
  const obstacle = relabels ? removalObstacle(studio.store.getState()) : null
  if (obstacle) {
    notify(studio.store, 'error', obstacle)
    return
  }
  if (first.kind === 'hold-out') {
    const turned = steps.map(step => ({ step, mask: null, wasFrozen: true }))
    markTurned(studio, turned, undone)
    keepTurned(studio, turned, undone)
    if (steps.length === 1) await selectPatch(studio, first.patchId)
    return
  }
  if (steps.length > 1) {
    await turnGroup(studio, steps, undone)
    // Of an edit over several cells one that it changed is shown, as of any edit.
    const { selectedId } = studio.store.getState().view
    const seen = steps.some(({ patchId }) => patchId === selectedId)
    if (first.kind === 'stroke' && !seen) await selectPatch(studio, first.patchId)
    return
  }
  if (studio.store.getState().view.selectedId !== first.patchId) await selectPatch(studio, first.patchId)
  const toTurn = await readStep(studio, first, patch => loadMask(studio, patch))
  if (toTurn && mayTurn(studio, first, undone)) await turn(studio, turnMask(toTurn, undone), undone)
}

/** Brings removed patches back, or takes them out again; their masks stay as they are. */
async function turnRemovals(studio: Studio, steps: readonly HistoryEntry[], undone: boolean): Promise<void> {
  const obstacle = undone ? null : removalObstacle(studio.store.getState())
  if (obstacle) {
    notify(studio.store, 'error', obstacle)
    return
  }
  const turned = steps.map(step => ({ step, mask: null, wasFrozen: true }))
  markTurned(studio, turned, undone)
  keepTurned(studio, turned, undone)
  const ids = steps.map(({ patchId }) => patchId)
  if (undone) await bringBack(studio, ids)
  else await takeOut(studio, ids)
}

/** Shows the former patch instead of the one that took its place, or the other way round; a mask that was kept stays with it. */
async function turnReplacement(
  studio: Studio,
  steps: readonly HistoryEntry[],
  undone: boolean,
): Promise<void> {
  const obstacle = removalObstacle(studio.store.getState())
  if (obstacle) {
    notify(studio.store, 'error', obstacle)
    return
  }
  const turned = await Promise.all(
    steps.map(async step => {
      const known = studio.pixels.strokes.get(step.sequence)
      const diff =
        step.kind === 'stroke'
          ? (known ?? (await studio.storage.historyStep(step.sequence))?.diff)
          : undefined
      return { step, mask: null, wasFrozen: true, ...(diff && { diff }) }
    }),
  )
  if (!mayTurn(studio, steps[0]!, undone)) return
  markTurned(studio, turned, undone)
  keepTurned(studio, turned, undone)
  const idOf = (kind: HistoryEntry['kind']) => steps.find(step => step.kind === kind)!.patchId
  const [former, added] = [idOf('removal'), idOf('addition')]
  await swapPatches(studio, undone ? added : former, undone ? former : added)
}

/** Whether the step is still the one to undo or redo, and may be: reading it took a while. A notice says so if not. */
function mayTurn(studio: Studio, step: HistoryEntry, undone: boolean): boolean {
  const state = studio.store.getState()
  const next = undone ? undoable(state) : redoable(state)
  if (next?.sequence === step.sequence) return !refuseChange(studio)
  notify(studio.store, 'information', 'Something else was changed meanwhile: nothing was undone or redone.')
  return false
}

/** Held keys ask faster than a patch loads: steps are taken one after another, none is lost or doubled. */
function serially(studio: Studio, work: () => Promise<void>): Promise<void> {
  return studio.undoing.run(work).catch((thrown: unknown) => {
    notifyError(studio.store, thrown)
  })
}

/** No mask holds 254, so that the difference from it names every pixel. */
const NO_VALUE = 254

function wholeMask(mask: Uint8Array): MaskDiff {
  return diffMasks(new Uint8Array(mask.length).fill(NO_VALUE), mask)
}

/** What undoing or redoing a step begins from. */
interface StepToTurn {
  step: HistoryEntry
  patch: PatchRecord
  /** As shown; null: there is none. */
  mask: Uint8Array | null
  /** What the step's record holds. */
  kept: MaskDiff | undefined
  wasFrozen: boolean
}

/** A step that is about to be undone or redone. */
interface Turned {
  step: HistoryEntry
  patch: PatchRecord
  /** As the step leaves it; null: there is none. */
  mask: Uint8Array | null
  /** Where that differs from what was shown; undefined: not known, or nowhere. */
  change?: MaskDiff
  /** What the step's record holds from now on. */
  diff?: MaskDiff
  wasFrozen: boolean
}

/** @param read the mask as shown, which `turnMask` changes in place. */
async function readStep(
  studio: Studio,
  step: HistoryEntry,
  read: (patch: PatchRecord) => Promise<Uint8Array | null>,
): Promise<StepToTurn | null> {
  const { store, pixels, storage } = studio
  const patch = patchById(store.getState(), step.patchId)
  if (!patch) return null
  const kept = pixels.strokes.get(step.sequence) ?? (await storage.historyStep(step.sequence))?.diff
  const mask = (await read(patch)) ?? (kept ? new Uint8Array(patch.width * patch.height) : null)
  return { step, patch, mask, kept, wasFrozen: isFrozen(store.getState(), patch.id) }
}

function turnMask({ step, patch, mask, kept, wasFrozen }: StepToTurn, undone: boolean): Turned {
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
  return { step, patch, mask, wasFrozen, ...(change && { change }), ...(diff && { diff }) }
}

/** A stroke that is laid again on a mask of the networks begins from what they show now. */
function fromNow(studio: Studio, turned: Turned, undone: boolean): Turned {
  const again = !undone && turned.step.kind === 'stroke' && !turned.wasFrozen
  if (!again) return turned
  return { ...turned, step: { ...turned.step, base: baseNow(studio.store.getState(), turned.patch) } }
}

async function turn(studio: Studio, asked: Turned, undone: boolean): Promise<void> {
  const { pixels, store } = studio
  const { patch, mask, change } = asked
  const turned = fromNow(studio, asked, undone)
  markTurned(studio, [turned], undone)
  if (turned.step.change) await loadPixels(studio, patch.id)
  if (isFrozen(store.getState(), patch.id)) {
    keepTurned(studio, [turned], undone)
    if (mask) showMask(studio, patch.id, mask, change)
    return
  }
  // Back to what the network shows at today's threshold: the step is kept at once, the mask when it is made.
  keepTurned(studio, [{ ...turned, mask: null }], undone)
  pixels.masks.delete(patch.id)
  // The step may have changed its record.
  const derived = await loadMask(studio, patchById(store.getState(), patch.id) ?? patch)
  if (!derived && mask) showMask(studio, patch.id, mask)
  const shown = derived ?? mask
  if (shown) studio.maskSaver.later(patch.id, shown)
}

/** Many patches at once, of which the one on screen stays there; cancelled before its end it changes none. */
async function turnGroup(studio: Studio, steps: readonly HistoryEntry[], undone: boolean): Promise<void> {
  const label = undone ? 'Undoing in bulk' : 'Redoing in bulk'
  const copy = async (patch: PatchRecord) => (await peekMask(studio, patch))?.slice() ?? null
  const turnOne = async (step: HistoryEntry) => {
    const toTurn = await readStep(studio, step, copy)
    return toTurn && turnMask(toTurn, undone)
  }
  const [first] = steps
  const read =
    first?.kind === 'stroke'
      ? (await Promise.all(steps.map(turnOne))).filter(turned => turned !== null)
      : await studio.jobs.workThrough('review', label, steps, turnOne, {
          again: () => turnGroup(studio, steps, undone),
          work: undone ? 'bulk-undo' : 'bulk-redo',
        })
  if (!read || !first || !mayTurn(studio, first, undone)) return
  const all = read.map(turned => fromNow(studio, turned, undone))
  markTurned(studio, all, undone)
  const now = studio.store.getState()
  const frozen = frozenPatchIds(now)
  const maskRevision = { ...now.review.maskRevision }
  const shares = { ...now.review.shares }
  for (const turned of all) {
    const { id } = turned.patch
    maskRevision[id] = (maskRevision[id] ?? 0) + 1
    // No longer touched: its mask is again what the network shows at today's threshold.
    if (turned.mask && frozen.has(id)) {
      studio.pixels.masks.set(id, turned.mask)
      shares[id] = landslideShare(turned.mask)
    } else {
      studio.pixels.masks.delete(id)
      delete shares[id]
    }
  }
  keepTurned(studio, all, undone)
  studio.store.change({ review: { maskRevision, shares } })
  await refreshSelected(studio)
}

function markTurned(studio: Studio, turned: readonly Pick<Turned, 'step' | 'diff'>[], undone: boolean): void {
  const { store, pixels } = studio
  const turnedSteps = new Map(turned.map(({ step }) => [step.sequence, step]))
  for (const { step, diff } of turned) {
    if (diff && diff !== pixels.strokes.get(step.sequence)) pixels.strokes.set(step.sequence, diff, false)
  }
  const history = store.getState().review.history.map(entry => {
    const step = turnedSteps.get(entry.sequence)
    return step ? { ...step, undone } : entry
  })
  store.change({
    review: { history, verdicts: currentVerdicts(history), historyBytes: pixels.strokes.bytes },
  })
  const changes = turned.flatMap(({ step: { patchId, change } }) =>
    change ? [[patchId, undone ? change.before : change.after] as const] : [],
  )
  if (changes.length > 0) changePatches(studio, new Map(changes))
}

type KeptTurn = Pick<Turned, 'step' | 'mask' | 'diff' | 'wasFrozen'>

const KIND_NAMES: Readonly<Record<HistoryEntry['kind'], string>> = {
  stroke: 'an edit',
  verdict: 'a verdict',
  removal: 'a removal',
  addition: 'the replacing of a file',
  'hold-out': 'a change of what is held out',
}

/** Steps on their way to disk, and into the log. */
function keepTurned(studio: Studio, turned: readonly KeptTurn[], undone: boolean): void {
  keepSteps(
    studio,
    turned.map(({ step, mask, diff, wasFrozen }) => {
      return { record: { ...step, ...(diff && { diff }), undone }, mask, begins: !wasFrozen }
    }),
  )
  const [first, ...others] = turned.map(({ step }) => step)
  if (first?.kind === 'stroke' && others.length > 0) {
    const numbers = turned.map(({ step }) => step.sequence)
    const steps = `steps ${Math.min(...numbers)} to ${Math.max(...numbers)}`
    const detail = `${undone ? 'Took back' : 'Redid'} an edit of ${plural(numbers.length, 'cell')} (${steps})`
    recordAudit(studio, { kind: undone ? 'undo' : 'redo', patchId: first.patchId, detail })
    return
  }
  recordAudit(
    studio,
    ...turned.map(({ step }): AuditNews => {
      const verdict = step.verdictAfter ?? step.verdictBefore
      return {
        kind: undone ? 'undo' : 'redo',
        ...(verdict && verdictColumns(verdict)),
        patchId: step.patchId,
        detail: `${undone ? 'Took back' : 'Redid'} ${KIND_NAMES[step.kind]} (step ${step.sequence})`,
      }
    }),
  )
}

/**
 * Lays values over a mask that may have changed since the stroke was made (the threshold moved while it was
 * undone), in place.
 *
 * @param values one a run: `stroke.after`, or `stroke.before` to take it back
 * @returns what really changed
 */
function layStroke(
  mask: Uint8Array,
  width: number,
  { start, length }: MaskDiff,
  values: Uint8Array,
): MaskDiff {
  const edit = new MaskEdit(mask, width, mask.length / width)
  for (let run = 0; run < start.length; run++) {
    // A run may cross rows, a span may not.
    const end = start[run]! + length[run]!
    for (let at = start[run]!; at < end; ) {
      const next = Math.min(end, (Math.floor(at / width) + 1) * width)
      edit.paint({ starts: [at], lengths: [next - at] }, values[run]!, () => true)
      at = next
    }
  }
  return edit.diff()
}
