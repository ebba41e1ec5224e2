import * as tf from '@tensorflow/tfjs-core'
import { softmax } from './ops/softmax'

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
