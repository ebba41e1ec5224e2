import type * as tf from '@tensorflow/tfjs-core'
import { bilinearAxis } from './axisMap'
import { resize } from './resize'

/**
 * Bilinear resize without antialiasing, equal to PyTorch's `interpolate(size=...)`.
 *
 * @param x [B, H, W, C] float32.
 * @param size [h, w].
 * @returns [B, h, w, C]
 */
export function resizeBilinear(
  x: tf.Tensor4D,
  size: readonly [number, number],
  { alignCorners = false }: { alignCorners?: boolean } = {},
): tf.Tensor4D {
  const [, height, width] = x.shape
  const rows = bilinearAxis(height, size[0], alignCorners)
  return resize(x, size, 'bilinear', rows, bilinearAxis(width, size[1], alignCorners))
}
