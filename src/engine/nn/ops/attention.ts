import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { differentiable } from './differentiable'
import { softmax } from './softmax'

/**
 * Scaled dot-product attention: softmax(q k^T / sqrt(d) + bias) v (Vaswani et al. 2017).
 *
 * @param q [..., N, d]
 * @param k [..., M, d]
 * @param v [..., M, d]
 * @param addBias adds to the scores [..., N, M] before the softmax: position biases, masks.
 * @returns [..., N, d]
 */
export function attention<T extends tf.Tensor>(q: T, k: T, v: T, addBias?: (scores: T) => T): T {
  const scaled = tf.mul(q, q.shape[q.rank - 1]! ** -0.5)
  const scores = tf.matMul(scaled, k, false, true) as T
  return tf.matMul(softmax(addBias ? addBias(scores) : scores), v) as T
}

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
