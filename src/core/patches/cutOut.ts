import type { PixelWindow } from '../raster/rasterSource'
import { BAND_COUNT } from './bands'
import type { PatchPixels } from './patch'

/** A window of a patch, as arrays of its own: [14, height, width] and, where the patch has it, validity. */
export function cutOut({ width, height, data, valid }: PatchPixels, window: PixelWindow): PatchPixels {
  const area = window.width * window.height
  const cut = { data: new Float32Array(BAND_COUNT * area), valid: valid && new Uint8Array(area) }
  for (let y = 0; y < window.height; y++) {
    const from = (window.row + y) * width + window.column
    const to = y * window.width
    for (let band = 0; band < BAND_COUNT; band++) {
      const begin = band * width * height + from
      cut.data.set(data.subarray(begin, begin + window.width), band * area + to)
    }
    if (valid) cut.valid!.set(valid.subarray(from, from + window.width), to)
  }
  return { width: window.width, height: window.height, ...cut }
}
