import { GAINED, KEPT, LOST } from '../core/masks/compareMasks'
import { regionOutline } from '../core/masks/outlines'
import type { RenderedLayer } from '../core/patches/renderLayer'
import { GAINED_COLOUR, LOST_COLOUR } from './overlayColours'

const TINT = 0.5

/** Width of a hatch and of the gap after it, pixels of the picture. */
const HATCH = 2

/**
 * @param codes [height, width] as `changePicture` gives them
 * @returns the picture's RGBA, tinted where landslide was gained and hatched where it was lost
 */
export function tintChange(
  { width, rgba: picture }: Pick<RenderedLayer, 'width' | 'rgba'>,
  codes: Uint8Array,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(picture)
  for (const [index, code] of codes.entries()) {
    const hatched = ((index % width) + Math.floor(index / width)) % (2 * HATCH) < HATCH
    if (code !== GAINED && !(code === LOST && hatched)) continue
    const colour = code === GAINED ? GAINED_COLOUR : LOST_COLOUR
    for (let channel = 0; channel < 3; channel++) {
      const at = index * 4 + channel
      rgba[at] = rgba[at]! * (1 - TINT) + colour[channel]! * TINT
    }
    rgba[index * 4 + 3] = 255
  }
  return rgba
}

/** SVG paths in the picture's pixels, of what both masks have and of what one of them has alone. */
export interface ChangeOutlines {
  kept: string
  gained: string
  lost: string
}

/** @param codes [height, width] as `changePicture` gives them */
export function outlineChange(codes: Uint8Array, width: number, height: number): ChangeOutlines {
  const of = (code: number) => regionOutline(width, height, index => codes[index] === code)
  return { kept: of(KEPT), gained: of(GAINED), lost: of(LOST) }
}
