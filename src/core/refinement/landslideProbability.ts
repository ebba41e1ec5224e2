import * as tf from '@tensorflow/tfjs-core'
import { abortable } from '../foundation/abortable'
import { AppError } from '../foundation/appError'
import { throwIfGpuFailed } from '../gpu/webgpuBackend'
import type { SegmentationNetwork } from '../models/network'
import { resizeBilinear } from '../nn/ops/resizeBilinear'
import type { Domain } from '../patches/patch'

export interface InferenceOptions {
  /** Whose running statistics the network uses. */
  domain: Domain
  /**
   * The input is resized by this factor before the network, the probability back after it (bilinear, corners not
   * aligned): the paper's scale promotion. 1 by default.
   */
  scale?: number
  signal?: AbortSignal
}

/**
 * One inference pass over images of one size.
 *
 * @param images each [height, width, bands] float32, NHWC, z-scored per domain; sides of at least 32.
 * @returns one [height, width] float32 per image, softmax probability of the landslide class.
 * @throws AppError `aborted` (at once; the pass itself ends by itself), `gpu-failed` if the device refused
 *   something or the network's output is not finite, `gpu-lost`, `shape-mismatch` unless it has two classes.
 */
export async function landslideProbability(
  network: SegmentationNetwork,
  images: readonly Float32Array[],
  width: number,
  height: number,
  { domain, scale = 1, signal }: InferenceOptions,
): Promise<Float32Array[]> {
  if (network.classes !== 2) {
    throw new AppError('shape-mismatch', `Networks have two classes here; this one has ${network.classes}.`)
  }
  const results = tf.tidy(() => {
    const shape: [number, number, number, number] = [images.length, height, width, network.bands]
    const x = tf.tensor4d(joined(images), shape)
    const size = [Math.round(height * scale), Math.round(width * scale)] as const
    const logits = network.forward(resizeBilinear(x, size), { training: false, domain })
    const [background, landslide] = tf.split(logits, 2, 3)
    // Softmax over two classes is the sigmoid of their difference.
    const margin = tf.sub(landslide!, background!)
    const probability = tf.sigmoid(margin) as tf.Tensor4D
    // NaN and infinities survive a sum, but not every GPU's exponential: some make a sound-looking 0 of them.
    return [tf.clone(resizeBilinear(probability, [height, width])), tf.sum(margin)]
  })
  const read = Promise.all(results.map(result => result.data())).finally(() => tf.dispose(results))
  // A cancelled call waits for nobody; a failure is still thrown to whoever awaits below.
  read.catch(() => {})
  const [values, sum] = (await abortable(read, signal)) as [Float32Array, Float32Array]
  throwIfGpuFailed()
  if (!Number.isFinite(sum[0])) {
    throw new AppError(
      'gpu-failed',
      `${network.family} gave values that are no numbers: load its model again.`,
    )
  }
  const area = width * height
  return images.map((_, i) => (images.length === 1 ? values : values.slice(i * area, (i + 1) * area)))
}

function joined(images: readonly Float32Array[]): Float32Array {
  const [first] = images
  if (!first) throw new RangeError('There is no image to predict.')
  if (images.length === 1) return first
  const all = new Float32Array(first.length * images.length)
  for (const [i, image] of images.entries()) all.set(image, i * first.length)
  return all
}
