import * as tf from '@tensorflow/tfjs-core'
import { webGpuBackend } from '../../gpu/webgpuBackend'

/**
 * Sum of all elements. Off WebGPU (whose sums are trees) row by row first: WASM adds one float32 after another, which
 * leaves an error of 1e-5 over 10,000 pixels.
 */
export function sumOf(x: tf.Tensor): tf.Scalar {
  if (webGpuBackend()) return tf.sum(x) as tf.Scalar
  const width = Math.ceil(Math.sqrt(x.size))
  const padded = tf.pad(tf.reshape(x, [x.size]), [[0, width * width - x.size]])
  return tf.sum(tf.sum(tf.reshape(padded, [width, width]), 1)) as tf.Scalar
}
