import type * as tf from '@tensorflow/tfjs-core'
import { nearestAxis } from './axisMap'
import { resize } from './resize'

/**
 * Nearest-neighbour resize, src = floor(dst in / out), equal to PyTorch's `interpolate(mode='nearest')`.
 *
 * @param x [B, H, W, C] float32.
 * @param size [h, w].
 * @returns [B, h, w, C]
 */
export function resizeNearest(x: tf.Tensor4D, size: readonly [number, number]): tf.Tensor4D {
  const [, height, width] = x.shape
  return resize(x, size, 'nearest', nearestAxis(height, size[0]), nearestAxis(width, size[1]))
}
