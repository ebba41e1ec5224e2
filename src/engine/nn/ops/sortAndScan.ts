import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { runKernel } from '../../gpu/kernels/kernel'
import { orderDescending } from '../../gpu/kernels/radixSort'
import { scan } from '../../gpu/kernels/scan'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { detached, differentiable } from './differentiable'

/**
 * Sorts from the largest to the smallest; equal values keep their order. The gradient of a value goes to the element
 * that it is.
 *
 * @param x [N] float32, finite; a device may take subnormals for zero.
 * @returns values [N] float32 and the index of each in x, [N] int32.
 */
export function sortDescending(x: tf.Tensor1D): { values: tf.Tensor1D; indices: tf.Tensor1D } {
  const backend = webGpuBackend()
  const indices = detached(() => {
    if (!backend) return tf.topk(x, x.size, true).indices
    return tf.engine().makeTensorFromTensorInfo(orderDescending(backend, x)) as tf.Tensor1D
  })
  const values = differentiable<tf.Tensor1D>(
    [x],
    save => {
      save([indices])
      return backend ? move(backend, TAKE, x, indices) : tf.gather(x, indices)
    },
    (dy, saved) => {
      const places = saved[0] as tf.Tensor1D
      if (backend) return [move(backend, PUT, dy, places)]
      return [tf.scatterND(tf.reshape(places, [-1, 1]), dy, [dy.size])]
    },
  )
  return { values, indices }
}

/** The indices are a permutation, so that either way every place is written once. */
const TAKE = 'result[index] = x[indices[index]];'

const PUT = 'result[indices[index]] = x[index];'

function move(backend: WebGPUBackend, statement: string, x: tf.Tensor, indices: tf.Tensor): tf.Tensor1D {
  return runKernel<tf.Tensor1D>(
    backend,
    {
      name: 'permute',
      variables: ['x', 'indices'],
      code: `
fn main(index : i32) {
  if (index < uniforms.length) { ${statement} }
}`,
      outputShape: [x.size],
      groups: Math.ceil(x.size / 64),
      uniforms: { length: x.size },
    },
    [x, indices],
  )
}

/**
 * The value at a rank from the largest, without a gradient.
 *
 * @param x [N] float32, finite.
 * @param rank [1] or scalar int32: 0 for the largest, to N - 1. It stays on the device.
 * @returns [1]
 */
export function valueAtRank(x: tf.Tensor1D, rank: tf.Tensor): tf.Tensor1D {
  return detached(() => tf.gather(sortDescending(x).values, tf.reshape(rank, [1])))
}

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
