import { AppError } from '../foundation/appError'
import { BACKGROUND, IGNORE, LANDSLIDE } from '../patches/patch'
import { requireOneRaster } from './compareMasks'

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

/** Pixels that changed, added in ascending order and joined into runs where neighbours changed alike. */
export class RunList {
  private readonly starts: number[] = []
  private readonly lengths: number[] = []
  private readonly befores: number[] = []
  private readonly afters: number[] = []

  add(index: number, before: number, after: number): void {
    const last = this.starts.length - 1
    const joins =
      last >= 0 &&
      this.starts[last]! + this.lengths[last]! === index &&
      this.befores[last] === before &&
      this.afters[last] === after
    if (joins) {
      this.lengths[last]!++
      return
    }
    this.starts.push(index)
    this.lengths.push(1)
    this.befores.push(before)
    this.afters.push(after)
  }

  toDiff(): MaskDiff {
    return {
      start: Uint32Array.from(this.starts),
      length: Uint32Array.from(this.lengths),
      before: Uint8Array.from(this.befores),
      after: Uint8Array.from(this.afters),
    }
  }
}

/** @throws AppError `shape-mismatch` if the masks differ in size. */
export function diffMasks(before: Uint8Array, after: Uint8Array): MaskDiff {
  requireOneRaster(before, after)
  const runs = new RunList()
  for (let index = 0; index < before.length; index++) {
    if (before[index] !== after[index]) runs.add(index, before[index]!, after[index]!)
  }
  return runs.toDiff()
}

/**
 * A change of a whole mask, pixels that stay as they are included: laid over any mask it gives the one or the other,
 * where a difference would have to be laid over the mask that it was taken from.
 *
 * @throws AppError `shape-mismatch` if the masks differ in size.
 */
export function wholeChange(before: Uint8Array, after: Uint8Array): MaskDiff {
  requireOneRaster(before, after)
  const runs = new RunList()
  for (let index = 0; index < before.length; index++) runs.add(index, before[index]!, after[index]!)
  return runs.toDiff()
}

/** Whether a diff from anywhere may be of a mask of `area` pixels: ascending runs within it, of 0, 1 and 255. */
export function isDiffOf({ start, length, before, after }: MaskDiff, area: number): boolean {
  if ([length, before, after].some(array => array.length !== start.length)) return false
  const isValue = (value: number) => value === BACKGROUND || value === LANDSLIDE || value === IGNORE
  let end = 0
  for (let run = 0; run < start.length; run++) {
    if (start[run]! < end || length[run] === 0) return false
    end = start[run]! + length[run]!
    if (end > area || !isValue(before[run]!) || !isValue(after[run]!)) return false
  }
  return true
}

/** Number of pixels that a diff changes; 0 for an empty one. */
export function changedPixels(diff: MaskDiff): number {
  return diff.length.reduce((sum, length) => sum + length, 0)
}

/**
 * Undo in the mask itself, at the cost of what changed.
 *
 * @returns the change that this was, for `mask` as it was before
 * @throws AppError `bad-argument` if the mask is not the one the diff leads to; it is then left alone.
 */
export function revertInPlace(mask: Uint8Array, diff: MaskDiff): MaskDiff {
  for (let run = 0; run < diff.start.length; run++) {
    const start = diff.start[run]!
    const end = start + diff.length[run]!
    for (let index = start; index < end; index++) {
      // Taken back from the wrong mask, a change would corrupt labels without a sign.
      if (mask[index] !== diff.after[run]) {
        throw new AppError(
          'bad-argument',
          `The mask changed in another way since this step (pixel ${index}): reload the patch and try again.`,
        )
      }
    }
  }
  lay(mask, diff, diff.before)
  return { ...diff, before: diff.after, after: diff.before }
}

function lay(mask: Uint8Array, { start, length }: MaskDiff, values: Uint8Array): void {
  for (let run = 0; run < start.length; run++) {
    mask.fill(values[run]!, start[run]!, start[run]! + length[run]!)
  }
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
 * first; then those after it that are not undone are applied, earliest first. Verdicts that
 * are no `remask` change no pixel.
 *
 * @param stored [height, width], changed in place
 * @param through sequence of the latest step that was not undone when the mask was stored; 0: none
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
