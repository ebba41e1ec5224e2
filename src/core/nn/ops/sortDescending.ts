import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { runKernel } from '../../gpu/kernels/dispatchKernel'
import { radixSortDescending } from '../../gpu/kernels/radixSort'
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
  const indices = detached(() => (backend ? order(backend, x) : tf.topk(x, x.size, true).indices))
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

function order(backend: WebGPUBackend, x: tf.Tensor1D): tf.Tensor1D {
  const pairs = tf.engine().makeTensorFromTensorInfo(radixSortDescending(backend, x))
  return runKernel<tf.Tensor1D>(
    backend,
    {
      name: 'sortedIndices',
      variables: ['pairs'],
      code: `
fn main(index : i32) {
  if (index < uniforms.length) { result[index] = pairs[2 * index + 1]; }
}`,
      outputShape: [x.size],
      outputType: 'int32',
      groups: Math.ceil(x.size / 64),
      uniforms: { length: x.size },
    },
    [pairs],
  )
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
