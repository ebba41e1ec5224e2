import * as tf from '@tensorflow/tfjs-core'
import { scan } from '../../gpu/kernels/scan'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { differentiable } from './differentiable'

/**
 * Inclusive prefix sum: y[i] = x[0] + ... + x[i], always added in the same order. Its gradient is the suffix sum of dy.
 *
 * @param x [N] float32.
 */
export function prefixSum(x: tf.Tensor1D): tf.Tensor1D {
  return differentiable<tf.Tensor1D>(
    [x],
    () => inclusive(x),
    dy => [tf.reverse(inclusive(tf.reverse(dy)))],
  )
}

function inclusive(x: tf.Tensor1D): tf.Tensor1D {
  const backend = webGpuBackend()
  // The stock cumsum is right forward; only its gradient is not (its shader key omits the length).
  if (!backend) return tf.cumsum(x)
  return tf.engine().makeTensorFromTensorInfo(scan(backend, x, true)) as tf.Tensor1D
}
