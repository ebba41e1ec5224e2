import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { undoOnFailure } from '../guardedBackend'
import { dispatchKernel, runKernel, splitCount } from './kernel'
import { sumPartials } from './partialSums'

export interface ColumnSums {
  name: string
  variables: readonly string[]
  /** WGSL expressions of what is added; they see `index` (flat), `row`, `channel` and `channels`. */
  terms: string[]
  channels: number
  /** Further integers that the expressions read as `uniforms.<name>`. */
  uniforms?: Readonly<Record<string, number>>
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
  { name, variables, terms, channels, uniforms = {} }: ColumnSums,
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
      uniforms: { rows, channels, groups, share, splits, ...uniforms },
    },
    inputs,
  )
  return sumPartials(backend, partials, splits, [groups * terms.length * channels])
}

const reduceRowsCode = (combine: 'sum' | 'max', vector: boolean) => {
  const join = combine === 'sum' ? 'total += value;' : 'total = max(total, value);'
  const [x, y, z, w] = ['x', 'y', 'z', 'w'].map(lane => `total.${lane}`)
  const four = combine === 'sum' ? `(${x} + ${y}) + (${z} + ${w})` : `max(max(${x}, ${y}), max(${z}, ${w}))`
  return `
fn main(invocation : i32) {
  if (invocation >= uniforms.rows * uniforms.splits) { return; }
  let row = invocation % uniforms.rows;
  let split = invocation / uniforms.rows;
  let begin = row * uniforms.length + split * uniforms.share;
  let end = min(row * uniforms.length + uniforms.length, begin + uniforms.share);
  var total = ${combine === 'sum' ? (vector ? 'vec4<f32>(0.0)' : '0.0') : 'source[begin]'};
  for (var i = begin; i < end; i++) {
    let value = source[i];
    ${join}
  }
  result[split * uniforms.rows + row] = ${vector ? four : 'total'};
}`
}

/**
 * Sums or maxima of the rows of [rows, length], a long row in shares of its own. Deterministic. The stock kernel gives
 * every row a workgroup, which for a pixel's two classes is 63 idle invocations and a barrier.
 *
 * @returns flat [rows]; a maximum is never split, so keep it to many rows.
 */
export function reduceRows(
  backend: WebGPUBackend,
  source: tf.TensorInfo,
  combine: 'sum' | 'max',
  rows: number,
  rowLength: number,
): tf.TensorInfo {
  const vector = rowLength % 4 === 0
  const length = vector ? rowLength / 4 : rowLength
  // The root balances the two passes: as many shares to add as elements in a share.
  const wanted = combine === 'sum' ? splitCount(rows, Math.ceil(Math.sqrt(length))) : 1
  const share = Math.ceil(length / wanted)
  const splits = Math.ceil(length / share)
  const partials = dispatchKernel(
    backend,
    {
      name: `${combine}Rows`,
      variables: ['source'],
      components: [vector ? 4 : 1],
      code: reduceRowsCode(combine, vector),
      outputShape: [splits, rows],
      groups: Math.ceil((rows * splits) / 64),
      uniforms: { rows, length, share, splits },
    },
    [source],
  )
  return sumPartials(backend, partials, splits, [rows])
}

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
