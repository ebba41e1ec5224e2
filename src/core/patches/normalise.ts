import type { PatchPixels } from './patch'
import { type BandStatistics, standardDeviation } from './statistics'

/**
 * Separated normalisation: z-scores every band with the statistics of the patch's own domain.
 *
 * @param pixels data [bands, height, width] in raw units.
 * @returns [height, width, bands] float32, NHWC without the batch; invalid pixels are 0, which is the mean; a band
 * that does not vary is 0 everywhere.
 */
export function normalise(pixels: PatchPixels, statistics: BandStatistics): Float32Array {
  const { data, valid } = pixels
  const area = pixels.width * pixels.height
  const bandCount = statistics.mean.length
  const deviations = standardDeviation(statistics)
  const out = new Float32Array(area * bandCount)
  for (let band = 0; band < bandCount; band++) {
    const mean = statistics.mean[band]!
    const deviation = deviations[band]!
    if (!(deviation > 0)) continue
    const begin = band * area
    for (let pixel = 0; pixel < area; pixel++) {
      if (valid && valid[pixel] === 0) continue
      out[pixel * bandCount + band] = (data[begin + pixel]! - mean) / deviation
    }
  }
  return out
}
