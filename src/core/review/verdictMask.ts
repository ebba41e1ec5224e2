import { IGNORE } from '../patches/patch'
import type { VerdictKind } from './verdict'

/**
 * What a verdict gives the next round to learn from.
 *
 * - accepted, corrected: the mask as it was on screen (255 stays ignored);
 * - unsure: ignore everywhere, so that the patch costs the loss nothing until it is revisited;
 * - rejected: null, the patch stays out of training.
 *
 * @param mask [height, width] of 0, 1, 255, as shown when the verdict was given
 * @returns a new array, or null
 */
export function verdictMask(kind: VerdictKind, mask: Uint8Array): Uint8Array | null {
  switch (kind) {
    case 'accepted':
    case 'corrected':
      return mask.slice()
    case 'unsure':
      return new Uint8Array(mask.length).fill(IGNORE)
    case 'rejected':
      return null
  }
}
