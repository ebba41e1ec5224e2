import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { dispatchKernel } from './dispatchKernel'

const CODE = `
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  var total = 0.0;
  for (var split = 0; split < uniforms.splits; split++) {
    total += partials[split * uniforms.length + index];
  }
  result[index] = total;
}`

/**
 * The second pass of every split reduction: adds [splits, length] over the splits, always in the same order, and
 * disposes the partial sums.
 */
export function sumPartials(
  backend: WebGPUBackend,
  partials: tf.TensorInfo,
  splits: number,
  outputShape: number[],
): tf.TensorInfo {
  const length = outputShape.reduce((product, size) => product * size, 1)
  if (splits === 1) return { ...partials, shape: outputShape }
  const total = dispatchKernel(
    backend,
    {
      name: 'sumPartials',
      variables: ['partials'],
      code: CODE,
      outputShape,
      groups: Math.ceil(length / 64),
      uniforms: { length, splits },
    },
    [partials],
  )
  backend.disposeData(partials.dataId)
  return total
}
