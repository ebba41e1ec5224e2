import type { MaskDiff } from '../core/review/maskDiff'
import { MaskEdit } from '../core/review/maskEdit'

/**
 * Lays values over a mask that may have changed since the stroke was made (the threshold moved while it was
 * undone), in place.
 *
 * @param values one a run: `stroke.after`, or `stroke.before` to take it back
 * @returns what really changed
 */
export function layStroke(
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
