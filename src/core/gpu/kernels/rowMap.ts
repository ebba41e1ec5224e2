import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { runKernel } from './dispatchKernel'

/**
 * An expression over the elements of a tensor whose last axis is `channels` long. It sees `index` (flat), `row`,
 * `channel` and `channels`.
 *
 * @returns a tensor shaped like the first input.
 */
export function rowMap<Out extends tf.Tensor>(
  backend: WebGPUBackend,
  {
    name,
    variables,
    expression,
    channels,
    uniforms = {},
  }: {
    name: string
    variables: readonly string[]
    expression: string
    channels: number
    uniforms?: Record<string, number>
  },
  inputs: readonly tf.Tensor[],
): Out {
  const { shape, size } = inputs[0]!
  return runKernel<Out>(
    backend,
    {
      name,
      variables,
      code: `
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let channels = uniforms.channels;
  let row = index / channels;
  let channel = index % channels;
  result[index] = ${expression};
}`,
      outputShape: shape,
      groups: Math.ceil(size / 64),
      uniforms: { length: size, channels, ...uniforms },
    },
    inputs,
  )
}
