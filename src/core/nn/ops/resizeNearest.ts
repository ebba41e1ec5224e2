import type * as tf from '@tensorflow/tfjs-core'
import { separableMap } from './separableMap'

/**
 * Nearest-neighbour resize, src = floor(dst in / out), equal to PyTorch's `interpolate(mode='nearest')`.
 *
 * @param x [B, H, W, C] float32.
 * @param size [h, w].
 * @returns [B, h, w, C]
 */
export function resizeNearest(x: tf.Tensor4D, size: readonly [number, number]): tf.Tensor4D {
  const [, height, width] = x.shape
  if (height === size[0] && width === size[1]) return x
  return separableMap(x, size, selectionMatrix(height, size[0]), selectionMatrix(width, size[1]))
}

function selectionMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from)
  for (let row = 0; row < to; row++) {
    matrix[row * from + Math.min(from - 1, Math.floor((row * from) / to))] = 1
  }
  return matrix
}
