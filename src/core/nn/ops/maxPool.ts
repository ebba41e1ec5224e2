import * as tf from '@tensorflow/tfjs-core'

/**
 * Maximum over windows; padding never wins.
 *
 * @param x [B, H, W, C] float32.
 * @param padding PyTorch's symmetric padding in pixels.
 */
export function maxPool(
  x: tf.Tensor4D,
  { size, stride = size, padding = 0 }: { size: number; stride?: number; padding?: number },
): tf.Tensor4D {
  return tf.maxPool(x, size, stride, padding)
}
