import type { MaskDiff } from './maskDiff'

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
