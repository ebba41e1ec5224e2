import type { RenderedLayer } from '../../worker/protocol'
import type { Limits } from './channelHistogram'
import type { PatchPixels } from './patch'
import { COMPOSITES, renderComposite } from './renderLayer'

/**
 * A small true-colour picture of a patch: mean of the valid pixels under each new one (box filter), then a stretch by
 * percentiles or as given.
 *
 * @param size longest side, pixels; the aspect is kept, and small patches are not enlarged.
 * @param limits red, green, blue in raw units; null: each by its percentiles.
 */
export function thumbnail(
  pixels: PatchPixels,
  size: number,
  limits: readonly Limits[] | null = null,
): RenderedLayer {
  const scale = Math.min(1, size / Math.max(pixels.width, pixels.height))
  const width = Math.max(1, Math.round(pixels.width * scale))
  const height = Math.max(1, Math.round(pixels.height * scale))
  const area = pixels.width * pixels.height
  const valid = new Uint8Array(width * height)
  const planes = COMPOSITES['true-colour'].map(band => {
    const plane = pixels.data.subarray(band * area, (band + 1) * area)
    const small = new Float32Array(width * height)
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const mean = boxMean(plane, pixels, x / width, y / height, (x + 1) / width, (y + 1) / height)
        if (mean === null) continue
        small[y * width + x] = mean
        valid[y * width + x] = 1
      }
    }
    return small
  })
  return renderComposite(planes, valid, width, height, 0.02, limits)
}

/** Mean of valid pixels in a box given in shares of the image; null where there are none. */
function boxMean(
  plane: Float32Array,
  pixels: PatchPixels,
  left: number,
  top: number,
  right: number,
  bottom: number,
): number | null {
  const { width, height, valid } = pixels
  const x0 = Math.floor(left * width)
  const y0 = Math.floor(top * height)
  const x1 = Math.max(x0 + 1, Math.ceil(right * width))
  const y1 = Math.max(y0 + 1, Math.ceil(bottom * height))
  let sum = 0
  let count = 0
  for (let y = y0; y < Math.min(y1, height); y++) {
    for (let x = x0; x < Math.min(x1, width); x++) {
      const pixel = y * width + x
      if (valid?.[pixel] === 0) continue
      sum += plane[pixel]!
      count++
    }
  }
  return count > 0 ? sum / count : null
}
