import type { MaskDiff } from '../core/review/maskDiff'

/**
 * A stroke's values laid over a mask that may have changed since the stroke was made (the threshold moved while
 * it was undone): a new mask, and it is for the caller to take the difference anew.
 */
export function layStroke(mask: Uint8Array, stroke: MaskDiff): Uint8Array {
  const result = mask.slice()
  for (let run = 0; run < stroke.start.length; run++) {
    const start = stroke.start[run]!
    result.fill(stroke.after[run]!, start, start + stroke.length[run]!)
  }
  return result
}
