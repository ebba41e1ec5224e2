import { AppError } from '../foundation/appError'

/**
 * The difference of two masks as runs of pixels that changed alike: a stroke on a 2048 x 2048 mask takes
 * kilobytes where a snapshot takes four megabytes. Runs ascend and never overlap; all arrays have one length.
 */
export interface MaskDiff {
  /** Row-major index of a run's first pixel. */
  start: Uint32Array
  /** Pixels in the run; runs may cross rows. */
  length: Uint32Array
  /** Value of every pixel of the run before the change. */
  before: Uint8Array
  /** Value of every pixel of the run after the change. */
  after: Uint8Array
}

/** @throws AppError `shape-mismatch` if the masks differ in size. */
export function diffMasks(before: Uint8Array, after: Uint8Array): MaskDiff {
  return runsOf(before, after, false)
}

function runsOf(before: Uint8Array, after: Uint8Array, unchanged: boolean): MaskDiff {
  if (before.length !== after.length) {
    throw new AppError(
      'shape-mismatch',
      `Masks of ${before.length} and ${after.length} pixels cannot be compared: use masks of one raster.`,
    )
  }
  const starts: number[] = []
  const lengths: number[] = []
  const befores: number[] = []
  const afters: number[] = []
  let index = 0
  while (index < before.length) {
    const from = before[index]!
    const to = after[index]!
    if (from === to && !unchanged) {
      index++
      continue
    }
    const start = index
    while (index < before.length && before[index] === from && after[index] === to) index++
    starts.push(start)
    lengths.push(index - start)
    befores.push(from)
    afters.push(to)
  }
  return {
    start: Uint32Array.from(starts),
    length: Uint32Array.from(lengths),
    before: Uint8Array.from(befores),
    after: Uint8Array.from(afters),
  }
}

/** Number of pixels that a diff changes; 0 for an empty one. */
export function changedPixels(diff: MaskDiff): number {
  return diff.length.reduce((sum, length) => sum + length, 0)
}

/**
 * Redo: a new mask with the change made.
 *
 * @throws AppError `bad-argument` if the mask is not the one the diff was taken from.
 */
export function applyDiff(mask: Uint8Array, diff: MaskDiff): Uint8Array {
  const result = mask.slice()
  replay(result, diff, diff.before, diff.after)
  return result
}

/**
 * Undo: a new mask with the change taken back.
 *
 * @throws AppError `bad-argument` if the mask is not the one the diff leads to.
 */
export function revertDiff(mask: Uint8Array, diff: MaskDiff): Uint8Array {
  const result = mask.slice()
  revertInPlace(result, diff)
  return result
}

/**
 * Undo in the mask itself, at the cost of what changed.
 *
 * @returns the change that this was, for `mask` as it was before
 * @throws AppError `bad-argument` if the mask is not the one the diff leads to; it is then left alone.
 */
export function revertInPlace(mask: Uint8Array, diff: MaskDiff): MaskDiff {
  replay(mask, diff, diff.after, diff.before)
  return { ...diff, before: diff.after, after: diff.before }
}

function replay(mask: Uint8Array, diff: MaskDiff, expected: Uint8Array, wanted: Uint8Array): void {
  for (let run = 0; run < diff.start.length; run++) {
    const start = diff.start[run]!
    const end = start + diff.length[run]!
    for (let index = start; index < end; index++) {
      // A diff replayed on the wrong mask would corrupt labels in silence.
      if (mask[index] !== expected[run]) {
        throw new AppError(
          'bad-argument',
          `The mask changed in another way since this step (pixel ${index}): reload the patch and try again.`,
        )
      }
    }
  }
  for (let run = 0; run < diff.start.length; run++) {
    const start = diff.start[run]!
    mask.fill(wanted[run]!, start, start + diff.length[run]!)
  }
}

/**
 * A change of a whole mask, pixels that stay as they are included: laid over any mask it gives the one or the other,
 * where a difference would have to be laid over the mask that it was taken from.
 *
 * @throws AppError `shape-mismatch` if the masks differ in size.
 */
export function wholeChange(before: Uint8Array, after: Uint8Array): MaskDiff {
  return runsOf(before, after, true)
}

/** What of a history step matters to the mask. */
export interface MaskStep {
  sequence: number
  kind: string
  undone: boolean
  /** A verdict that changed the mask. */
  remask?: boolean
  diff?: MaskDiff
}

/**
 * The mask that strokes on record lead to, from one that was stored at another moment: strokes are durable at
 * once, whole masks are written later and now and then.
 *
 * A stored mask holds every stroke up to `through` that is still on record: a step is removed from the record only
 * once the mask was stored without it. So strokes up to `through` that are undone by now are taken back, latest
 * first; then those after it that are in force are laid on, earliest first. Verdicts that
 * are no `remask` change no pixel.
 *
 * @param stored [height, width], changed in place
 * @param through sequence of the latest step in force when the mask was stored; 0: none
 * @param steps all strokes on record of this patch, in any order
 * @returns the same array
 */
export function recoverMask(stored: Uint8Array, through: number, steps: readonly MaskStep[]): Uint8Array {
  const strokes = steps
    .filter(step => step.kind === 'stroke' || step.remask)
    .sort((a, b) => a.sequence - b.sequence)
  for (const { diff } of strokes.filter(step => step.sequence <= through && step.undone).reverse()) {
    if (diff) lay(stored, diff, diff.before)
  }
  for (const { diff } of strokes.filter(step => step.sequence > through && !step.undone)) {
    if (diff) lay(stored, diff, diff.after)
  }
  return stored
}

function lay(mask: Uint8Array, { start, length }: MaskDiff, values: Uint8Array): void {
  for (let run = 0; run < start.length; run++) {
    mask.fill(values[run]!, start[run]!, start[run]! + length[run]!)
  }
}
