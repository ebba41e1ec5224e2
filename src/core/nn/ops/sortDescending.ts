import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { runKernel } from '../../gpu/kernels/dispatchKernel'
import { radixSortDescending } from '../../gpu/kernels/radixSort'
import { webGpuBackend } from '../../gpu/webgpuBackend'

/**
 * Sorts from the largest to the smallest; equal values keep their order. No gradient.
 *
 * @param x [N] float32, finite; a device may take subnormals for zero.
 * @returns values [N] float32 and the index of each in x, [N] int32.
 */
export function sortDescending(x: tf.Tensor1D): { values: tf.Tensor1D; indices: tf.Tensor1D } {
  const backend = webGpuBackend()
  if (!backend) return tf.topk(x, x.size, true)
  const indices = tf.tidy(() => order(backend, x))
  const values = runKernel<tf.Tensor1D>(
    backend,
    {
      name: 'take',
      variables: ['x', 'indices'],
      code: `
fn main(index : i32) {
  if (index < uniforms.length) { result[index] = x[indices[index]]; }
}`,
      outputShape: [x.size],
      groups: Math.ceil(x.size / 64),
      uniforms: { length: x.size },
    },
    [x, indices],
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
