import type { Colour } from '../core/patches/colourRamps'
import type { VerdictKind } from '../core/review/verdict'

/** Okabe and Ito's bluish green, lightened for dark ground: apart from the other two for every kind of colour vision. */
const GOOD: Colour = [64, 201, 151]

/** As the interface colours them on its dark stage; sRGB 0..255. */
export const VERDICT_COLOURS: Readonly<Record<VerdictKind, Colour>> = {
  accepted: GOOD,
  corrected: GOOD,
  'label-corrected': GOOD,
  rejected: [255, 143, 128],
  unsure: [240, 184, 74],
}
