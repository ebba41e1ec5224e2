import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { undoOnFailure } from '../guardedBackend'
import { dispatchKernel } from './dispatchKernel'
import { splitCount } from './splitCount'
import { sumPartials } from './sumPartials'

export interface ColumnSums {
  name: string
  variables: readonly string[]
  /** WGSL expressions of what is added; they see `index` (flat), `row`, `channel` and `channels`. */
  terms: string[]
  channels: number
}

/**
 * Sums over the rows of [rows, channels], one for every channel and expression, in two deterministic passes.
 *
 * @returns [terms, channels]
 */
export function columnSums(
  backend: WebGPUBackend,
  kernel: ColumnSums,
  inputs: readonly tf.Tensor[],
): tf.Tensor2D {
  const sums = groupedColumnSums(backend, kernel, inputs, 1)
  const shape = [kernel.terms.length, kernel.channels]
  return tf.engine().makeTensorFromTensorInfo({ ...sums, shape }) as tf.Tensor2D
}

/**
 * The same for [groups, rows, channels], summed within each group.
 *
 * @returns flat [groups * terms * channels]
 */
export function groupedColumnSums(
  backend: WebGPUBackend,
  sums: ColumnSums,
  inputs: readonly tf.TensorInfo[],
  groups: number,
): tf.TensorInfo {
  return undoOnFailure(backend, () => summed(backend, sums, inputs, groups))
}

function summed(
  backend: WebGPUBackend,
  { name, variables, terms, channels }: ColumnSums,
  inputs: readonly tf.TensorInfo[],
  groups: number,
): tf.TensorInfo {
  const rows = tf.util.sizeFromShape(inputs[0]!.shape) / channels / groups
  const wanted = splitCount(channels * groups, Math.ceil(rows / 8))
  const share = Math.ceil(rows / wanted)
  const splits = Math.ceil(rows / share)
  const partials = dispatchKernel(
    backend,
    {
      name,
      variables,
      code: `
fn main(invocation : i32) {
  let channels = uniforms.channels;
  if (invocation >= channels * uniforms.groups * uniforms.splits) { return; }
  let channel = invocation % channels;
  let group = (invocation / channels) % uniforms.groups;
  let split = invocation / (channels * uniforms.groups);
  ${terms.map((_, t) => `var sum${t} = 0.0;`).join('\n  ')}
  let firstRow = group * uniforms.rows + split * uniforms.share;
  let lastRow = min((group + 1) * uniforms.rows, firstRow + uniforms.share);
  for (var row = firstRow; row < lastRow; row++) {
    let index = row * channels + channel;
    ${terms.map((term, t) => `sum${t} += ${term};`).join('\n    ')}
  }
  ${terms.map((_, t) => `result[((split * uniforms.groups + group) * ${terms.length} + ${t}) * channels + channel] = sum${t};`).join('\n  ')}
}`,
      outputShape: [splits, groups * terms.length * channels],
      groups: Math.ceil((channels * groups * splits) / 64),
      uniforms: { rows, channels, groups, share, splits },
    },
    inputs,
  )
  return sumPartials(backend, partials, splits, [groups * terms.length * channels])
}
