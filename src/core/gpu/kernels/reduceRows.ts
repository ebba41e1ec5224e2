import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { dispatchKernel } from './dispatchKernel'
import { splitCount } from './splitCount'
import { sumPartials } from './sumPartials'

const code = (combine: 'sum' | 'max', vector: boolean) => {
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
      code: code(combine, vector),
      outputShape: [splits, rows],
      groups: Math.ceil((rows * splits) / 64),
      uniforms: { rows, length, share, splits },
    },
    [source],
  )
  return sumPartials(backend, partials, splits, [rows])
}
