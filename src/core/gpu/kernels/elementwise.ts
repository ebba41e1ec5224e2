import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { runKernel } from './dispatchKernel'

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
