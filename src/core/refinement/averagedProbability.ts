import { throwIfAborted } from '../foundation/appError'
import type { SegmentationNetwork } from '../models/network'
import { type InferenceOptions, landslideProbability } from './landslideProbability'
import { originOfPixels, SQUARE_SYMMETRIES, sizeAfter } from './squareSymmetry'

export interface AveragedInferenceOptions extends InferenceOptions {
  /** Test-time averaging: the mean over the 8 flips and quarter turns of the image, each turned back. */
  flips?: boolean
}

/**
 * `landslideProbability`, averaged over the 8 symmetries of the square where asked for. Pixels only change places on
 * the way there and back, so the mean is that of eight single predictions.
 *
 * @param images each [height, width, bands] float32, NHWC, z-scored per domain; sides of at least 32.
 * @returns one [height, width] float32 per image; summed in float64 in a fixed order.
 * @throws AppError as `landslideProbability`; `aborted` between the passes, too.
 */
export async function averagedProbability(
  network: SegmentationNetwork,
  images: readonly Float32Array[],
  width: number,
  height: number,
  { flips = false, ...options }: AveragedInferenceOptions,
): Promise<Float32Array[]> {
  if (!flips) return landslideProbability(network, images, width, height, options)
  const sums = images.map(() => new Float64Array(width * height))
  for (const symmetry of SQUARE_SYMMETRIES) {
    throwIfAborted(options.signal)
    const origin = originOfPixels(symmetry, width, height)
    const turned = images.map(image => taken(image, origin))
    const size = sizeAfter(symmetry, width, height)
    const probabilities = await landslideProbability(network, turned, ...size, options)
    for (const [i, sum] of sums.entries()) {
      const probability = probabilities[i]!
      for (let at = 0; at < origin.length; at++) sum[origin[at]!]! += probability[at]!
    }
  }
  return sums.map(sum => Float32Array.from(sum, value => value / SQUARE_SYMMETRIES.length))
}

/** The pixels of an image in another order. */
function taken(image: Float32Array, origin: Int32Array): Float32Array {
  const bands = image.length / origin.length
  const out = new Float32Array(image.length)
  for (let at = 0; at < origin.length; at++) {
    const from = origin[at]! * bands
    for (let band = 0; band < bands; band++) out[at * bands + band] = image[from + band]!
  }
  return out
}
