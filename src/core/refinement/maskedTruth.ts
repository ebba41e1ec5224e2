import { IGNORE } from '../patches/patch'
import type { LabelledPixels } from './patchProvider'

/** A patch's label with pixels that hold no data ignored; all ignored where there is no label. [H, W]. */
export function maskedTruth({ label, valid, width, height }: LabelledPixels): Uint8Array {
  if (!label) return new Uint8Array(width * height).fill(IGNORE)
  return valid ? label.map((value, i) => (valid[i] === 0 ? IGNORE : value)) : label
}
