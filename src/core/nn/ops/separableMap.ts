import * as tf from '@tensorflow/tfjs-core'
import { differentiable } from './differentiable'

/**
 * Applies one matrix to the rows and one to the columns of every channel: y = R x C^T. Deterministic, and its gradient
 * is the transposed map, on every backend.
 *
 * @param x [B, H, W, C] float32.
 * @param rows [h, H] row-major.
 * @param columns [w, W] row-major.
 * @returns [B, h, w, C]
 */
export function separableMap(
  x: tf.Tensor4D,
  [h, w]: readonly [number, number],
  rows: Float32Array,
  columns: Float32Array,
): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape
  const matrices = (): [tf.Tensor3D, tf.Tensor3D] => [
    tf.tensor3d(rows, [1, h, height]),
    tf.tensor3d(columns, [1, w, width]),
  ]
  return differentiable<tf.Tensor4D>(
    [x],
    () => {
      const [r, c] = matrices()
      const tall = tf.matMul(r, tf.reshape(x, [batch, height, width * channels]))
      return tf.reshape(tf.matMul(c, tf.reshape(tall, [batch * h, width, channels])), [batch, h, w, channels])
    },
    dy => {
      const [r, c] = matrices()
      const narrow = tf.matMul(c, tf.reshape(dy, [batch * h, w, channels]), true)
      const small = tf.matMul(r, tf.reshape(narrow, [batch, h, width * channels]), true)
      return [tf.reshape(small, [batch, height, width, channels])]
    },
  )
}
