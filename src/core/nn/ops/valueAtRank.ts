import * as tf from '@tensorflow/tfjs-core'
import { selectRank } from '../../gpu/kernels/selectRank'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { detached } from './differentiable'
import { sortDescending } from './sortDescending'

/**
 * The value at a rank from the largest, without a gradient.
 *
 * @param x [N] float32, finite.
 * @param rank [1] or scalar int32: 0 for the largest, to N - 1. It stays on the device.
 * @returns [1]
 */
export function valueAtRank(x: tf.Tensor1D, rank: tf.Tensor): tf.Tensor1D {
  return detached(() => {
    const backend = webGpuBackend()
    return backend ? selectRank(backend, x, rank) : tf.gather(sortDescending(x).values, tf.reshape(rank, [1]))
  })
}
