import * as tf from '@tensorflow/tfjs-core'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { abortable, type JobContext } from '../../core/foundation/job'
import type { Domain } from '../../core/patches/patch'
import { onOneDevice } from '../gpu/webgpuBackend'
import { requireFiniteOutput, type SegmentationNetwork } from '../models/network'
import { prepareForward } from '../models/prepareForward'
import { resizeBilinear } from '../nn/ops/resize'

interface InferenceOptions {
  /** Whose running statistics the network uses. */
  domain: Domain
  /**
   * The input is resized by this factor before the network, the probability back after it (bilinear, corners not
   * aligned): the paper's scale promotion. 1 by default.
   */
  scale?: number
  signal?: AbortSignal
  /** Hears of the shaders of the first pass of a size, which are compiled before it. */
  onPreparing?: JobContext['onProgress']
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
  { domain, scale = 1, signal, onPreparing }: InferenceOptions,
): Promise<Float32Array[]> {
  if (network.classes !== 2) {
    throw new AppError('shape-mismatch', `Networks have two classes here; this one has ${network.classes}.`)
  }
  await prepareForward(
    network,
    `probability ${scale}`,
    [images.length, height, width],
    (definition, x) => inferencePass(definition, x, { domain, scale }),
    { signal, onProgress: onPreparing },
  )
  const results = onOneDevice(() => {
    const shape: [number, number, number, number] = [images.length, height, width, network.bands]
    return inferencePass(network, tf.tensor4d(joined(images), shape), { domain, scale })
  })
  const read = Promise.all(results.map(result => result.data())).finally(() => tf.dispose(results))
  // A cancelled call does not wait; a failure is still thrown by the await below.
  read.catch(() => {})
  const [values, sum] = (await abortable(read, signal)) as [Float32Array, Float32Array]
  requireFiniteOutput(network, sum[0])
  const area = width * height
  return images.map((_, i) => (images.length === 1 ? values : values.slice(i * area, (i + 1) * area)))
}

/**
 * The device's part of `landslideProbability`.
 *
 * @param x [B, H, W, bands] float32.
 * @returns the probabilities [B, H, W, 1], and the sum of the differences of logits, by which a bad output is known.
 */
export function inferencePass(
  network: Pick<SegmentationNetwork, 'forward'>,
  x: tf.Tensor4D,
  { domain, scale = 1 }: Pick<InferenceOptions, 'domain' | 'scale'>,
): [tf.Tensor4D, tf.Tensor] {
  const [, height, width] = x.shape
  const size = [Math.round(height * scale), Math.round(width * scale)] as const
  const logits = network.forward(resizeBilinear(x, size), { training: false, domain })
  // Softmax over two classes is the sigmoid of their difference: a product with (-1, 1), which rounds as a difference does.
  const difference = tf.tensor2d([-1, 1], [2, 1])
  const margin = tf.reshape(tf.matMul(tf.reshape(logits, [-1, 2]), difference), [
    ...logits.shape.slice(0, 3),
    1,
  ])
  const probability = tf.sigmoid(margin) as tf.Tensor4D
  return [tf.clone(resizeBilinear(probability, [height, width])), tf.sum(margin)]
}

function joined(images: readonly Float32Array[]): Float32Array {
  const [first] = images
  if (!first) throw new RangeError('There is no image to predict.')
  if (images.length === 1) return first
  const all = new Float32Array(first.length * images.length)
  for (const [i, image] of images.entries()) all.set(image, i * first.length)
  return all
}
/** One of the eight symmetries of the square: rows and columns exchanged or not, then reversed or not. */
export interface SquareSymmetry {
  transpose: boolean
  reverseRows: boolean
  reverseColumns: boolean
}

/** The flips and quarter turns; the first leaves everything as it is. */
export const SQUARE_SYMMETRIES: readonly SquareSymmetry[] = [false, true].flatMap(transpose =>
  [false, true].flatMap(reverseRows =>
    [false, true].map(reverseColumns => ({ transpose, reverseRows, reverseColumns })),
  ),
)

/** [width, height] of a raster after the symmetry. */
export function sizeAfter(symmetry: SquareSymmetry, width: number, height: number): [number, number] {
  return symmetry.transpose ? [height, width] : [width, height]
}

/**
 * Where each pixel comes from: entry i is the pixel of the original raster that the symmetry puts at pixel i.
 *
 * @param width and height of the original raster.
 * @returns [height x width], row by row of the new raster.
 */
export function originOfPixels(symmetry: SquareSymmetry, width: number, height: number): Int32Array {
  const [newWidth, newHeight] = sizeAfter(symmetry, width, height)
  const origin = new Int32Array(width * height)
  for (let y = 0; y < newHeight; y++) {
    const row = symmetry.reverseRows ? newHeight - 1 - y : y
    for (let x = 0; x < newWidth; x++) {
      const column = symmetry.reverseColumns ? newWidth - 1 - x : x
      origin[y * newWidth + x] = symmetry.transpose ? column * width + row : row * width + column
    }
  }
  return origin
}

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
