import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { differentiable } from './ops/differentiable'

/**
 * Cyclic shift of both spatial axes: y[i, j] = x[(i - rows) mod H, (j - columns) mod W], as `torch.roll`.
 *
 * @param x [B, H, W, C].
 */
export function roll(x: Tensor4D, rows: number, columns: number): Tensor4D {
  return differentiable<Tensor4D>(
    [x],
    () => shift(shift(x, 1, rows), 2, columns),
    dy => [shift(shift(dy, 1, -rows), 2, -columns)],
  )
}

function shift(x: Tensor4D, axis: 1 | 2, by: number): Tensor4D {
  const length = x.shape[axis]
  const head = (((length - by) % length) + length) % length
  if (head === 0) return x
  const [front, back] = tf.split(x, [head, length - head], axis) as [Tensor4D, Tensor4D]
  return tf.concat([back, front], axis)
}
