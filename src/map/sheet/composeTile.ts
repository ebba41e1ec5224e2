import type { RenderedLayer } from '../../worker/protocol'

/** The mask's colour on the stage, as in `patchLayers`. */
const MASK_COLOUR = [41, 230, 250] as const
const TINT = 0.38
const HALF = 128

/** @returns the picture's RGBA with the mask laid over it: a tint, and an outline where it ends. */
export function composeTile(
  picture: Pick<RenderedLayer, 'width' | 'height' | 'rgba'>,
  coverage: Uint8Array | null,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(picture.rgba)
  if (!coverage) return rgba
  const { width, height } = picture
  const inside = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height || coverage[y * width + x]! > 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const share = coverage[y * width + x]!
      if (share === 0) continue
      const edge = !(inside(x - 1, y) && inside(x + 1, y) && inside(x, y - 1) && inside(x, y + 1))
      const weight = edge ? Math.max(share, HALF) / 255 : (TINT * share) / 255
      const at = (y * width + x) * 4
      for (let channel = 0; channel < 3; channel++) {
        rgba[at + channel] = rgba[at + channel]! * (1 - weight) + MASK_COLOUR[channel]! * weight
      }
      rgba[at + 3] = 255
    }
  }
  return rgba
}
