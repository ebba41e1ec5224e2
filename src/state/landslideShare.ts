import { IGNORE, LANDSLIDE } from '../core/patches/patch'
import type { MaskDiff } from '../core/review/maskDiff'

interface Counts {
  landslide: number
  judged: number
}

/** What was counted in a mask, so that a stroke on a large one costs what it changed. */
const counted = new WeakMap<Uint8Array, Counts>()

/** Share of landslide among the pixels that are not ignored, 0..1; 0 where all are. */
export function landslideShare(mask: Uint8Array): number {
  const counts = { landslide: 0, judged: 0 }
  for (const value of mask) {
    if (value === IGNORE) continue
    counts.judged++
    if (value === LANDSLIDE) counts.landslide++
  }
  counted.set(mask, counts)
  return shareOf(counts)
}

/** `landslideShare` of a mask in which only this changed, in place, since it was counted last. */
export function shareAfter(mask: Uint8Array, { length, before, after }: MaskDiff): number {
  const counts = counted.get(mask)
  if (!counts) return landslideShare(mask)
  for (let run = 0; run < length.length; run++) {
    count(counts, before[run]!, -length[run]!)
    count(counts, after[run]!, length[run]!)
  }
  return shareOf(counts)
}

function count(counts: Counts, value: number, pixels: number): void {
  if (value === IGNORE) return
  counts.judged += pixels
  if (value === LANDSLIDE) counts.landslide += pixels
}

const shareOf = ({ landslide, judged }: Counts) => (judged > 0 ? landslide / judged : 0)
