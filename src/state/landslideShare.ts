import { IGNORE, LANDSLIDE } from '../core/patches/patch'

/** Share of landslide among the pixels that are not ignored, 0..1; 0 where all are. */
export function landslideShare(mask: Uint8Array): number {
  let landslide = 0
  let judged = 0
  for (const value of mask) {
    if (value === IGNORE) continue
    judged++
    if (value === LANDSLIDE) landslide++
  }
  return judged > 0 ? landslide / judged : 0
}
