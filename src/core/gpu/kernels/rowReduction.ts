import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { runKernel } from './dispatchKernel'

/**
 * Two numbers for every row of tensors [rows, channels], one invocation a row: means and variances, maxima and sums of
 * exponentials, inner products. `code` sees `channels`, `begin` (flat index of the row's first element) and `row`, and
 * must end by setting `first` and `second`.
 *
 * @returns [rows, 2]
 */
export function rowReduction(
  backend: WebGPUBackend,
  { name, variables, code, rows }: { name: string; variables: readonly string[]; code: string; rows: number },
  inputs: readonly tf.Tensor[],
): tf.Tensor2D {
  return runKernel<tf.Tensor2D>(
    backend,
    {
      name,
      variables,
      code: `
fn main(row : i32) {
  if (row >= uniforms.rows) { return; }
  let channels = uniforms.channels;
  let begin = row * channels;
  var first = 0.0;
  var second = 0.0;
  ${code}
  result[2 * row] = first;
  result[2 * row + 1] = second;
}`,
      outputShape: [rows, 2],
      groups: Math.ceil(rows / 64),
      uniforms: { rows, channels: inputs[0]!.size / rows },
    },
    inputs,
  )
}
