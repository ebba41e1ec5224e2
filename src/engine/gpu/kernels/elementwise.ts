import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { runKernel } from './kernel'

/** An expression over tensors of one shape, in one dispatch. */
export interface Elementwise {
  name: string
  variables: readonly string[]
  /** WGSL of the result; every variable is a `T`, which is f32 or vec4<f32>. */
  expression: string
  /** WGSL functions that the expression calls, written over `T`. */
  functions?: string
}

export function elementwise<Out extends tf.Tensor>(
  backend: WebGPUBackend,
  { name, variables, expression, functions = '' }: Elementwise,
  inputs: readonly tf.Tensor[],
): Out {
  const { size, shape } = inputs[0]!
  const components = size % 4 === 0 ? 4 : 1
  const length = size / components
  const loads = variables.map(variable => `let ${variable} = ${variable}Buffer[index];`).join('\n  ')
  return runKernel<Out>(
    backend,
    {
      name,
      variables: variables.map(variable => `${variable}Buffer`),
      components: variables.map(() => components),
      resultComponents: components,
      code: `
alias T = ${components === 4 ? 'vec4<f32>' : 'f32'};
${functions}
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  ${loads}
  result[index] = ${expression};
}`,
      outputShape: shape.length === 0 ? [1] : shape,
      groups: Math.ceil(length / 64),
      uniforms: { length },
    },
    inputs,
  )
}

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
