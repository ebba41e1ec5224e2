import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../foundation/appError'
import type { SegmentationNetwork } from '../models/network'
import { resizeBilinear } from '../nn/ops/resizeBilinear'
import type { Domain } from '../patches/patch'

/**
 * One inference pass.
 *
 * @param pixels [height, width, bands] float32, NHWC, z-scored per domain; sides of at least 32.
 * @param scale the input is resized by this factor before the network, the probability back after it (bilinear,
 *   corners not aligned): the paper's scale promotion.
 * @returns [height, width] float32, softmax probability of the landslide class.
 * @throws AppError `gpu-failed` if the network's output is not finite, `shape-mismatch` unless it has two classes.
 */
export async function landslideProbability(
  network: SegmentationNetwork,
  pixels: Float32Array,
  width: number,
  height: number,
  domain: Domain,
  scale = 1,
): Promise<Float32Array> {
  if (network.classes !== 2) {
    throw new AppError('shape-mismatch', `Networks have two classes here; this one has ${network.classes}.`)
  }
  const result = tf.tidy(() => {
    const x = tf.tensor4d(pixels, [1, height, width, network.bands])
    const size = [Math.round(height * scale), Math.round(width * scale)] as const
    const logits = network.forward(resizeBilinear(x, size), { training: false, domain })
    const [background, landslide] = tf.split(logits, 2, 3)
    // Softmax over two classes is the sigmoid of their difference.
    const probability = tf.sigmoid(tf.sub(landslide!, background!)) as tf.Tensor4D
    return tf.clone(resizeBilinear(probability, [height, width]))
  })
  try {
    const values = (await result.data()) as Float32Array
    // NaN and infinities survive a sum; one pass here is cheaper than one on the GPU and can be trusted.
    if (!Number.isFinite(values.reduce((sum, value) => sum + value, 0))) {
      throw new AppError(
        'gpu-failed',
        `${network.family} gave values that are no numbers: load its model again.`,
      )
    }
    return values
  } finally {
    result.dispose()
  }
}
