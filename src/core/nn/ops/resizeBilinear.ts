import type * as tf from '@tensorflow/tfjs-core'
import { interpolationMatrix } from './interpolationMatrix'
import { separableMap } from './separableMap'

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
  if (height === size[0] && width === size[1]) return x
  return separableMap(
    x,
    size,
    interpolationMatrix(height, size[0], alignCorners),
    interpolationMatrix(width, size[1], alignCorners),
  )
}
