import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { undoOnFailure } from '../guardedBackend'
import { dispatchKernel } from './kernel'

/** Elements that one invocation adds in order. */
const SCAN_CHUNK = 64

const TOTALS = (type: string) => `
fn main(chunk : i32) {
  if (chunk >= uniforms.chunks) { return; }
  var total = ${type}(0);
  for (var i = chunk * ${SCAN_CHUNK}; i < min(uniforms.length, (chunk + 1) * ${SCAN_CHUNK}); i++) { total += source[i]; }
  result[chunk] = total;
}`

const ADD = (type: string, inclusive: boolean, nested: boolean) => `
fn main(chunk : i32) {
  if (chunk >= uniforms.chunks) { return; }
  var total = ${nested ? 'before[chunk]' : `${type}(0)`};
  for (var i = chunk * ${SCAN_CHUNK}; i < min(uniforms.length, (chunk + 1) * ${SCAN_CHUNK}); i++) {
    ${inclusive ? 'total += source[i]; result[i] = total;' : 'result[i] = total; total += source[i];'}
  }
}`

/**
 * Prefix sums in order, chunk by chunk: total of each chunk, prefix of the totals, prefix within the chunk. The same
 * input gives the same bits; integers are exact.
 *
 * @param source [N] float32 or int32.
 * @param inclusive whether element i counts in sum i.
 * @returns [N] of the same type.
 */
export function scan(backend: WebGPUBackend, source: tf.TensorInfo, inclusive: boolean): tf.TensorInfo {
  return undoOnFailure(backend, () => scanned(backend, source, inclusive))
}

function scanned(backend: WebGPUBackend, source: tf.TensorInfo, inclusive: boolean): tf.TensorInfo {
  const length = tf.util.sizeFromShape(source.shape)
  const chunks = Math.ceil(length / SCAN_CHUNK)
  const type = source.dtype === 'int32' ? 'i32' : 'f32'
  const outputType = source.dtype === 'int32' ? 'int32' : 'float32'
  const groups = Math.ceil(chunks / 64)
  const uniforms = { length, chunks }
  const add = (variables: string[], inputs: tf.TensorInfo[]) =>
    dispatchKernel(
      backend,
      {
        name: 'scan',
        variables,
        code: ADD(type, inclusive, inputs.length > 1),
        outputShape: [length],
        outputType,
        groups,
        uniforms,
      },
      inputs,
    )
  if (chunks === 1) return add(['source'], [source])
  const totals = dispatchKernel(
    backend,
    {
      name: 'scanTotals',
      variables: ['source'],
      code: TOTALS(type),
      outputShape: [chunks],
      outputType,
      groups,
      uniforms,
    },
    [source],
  )
  const before = scanned(backend, totals, false)
  const sums = add(['source', 'before'], [source, before])
  backend.disposeData(totals.dataId)
  backend.disposeData(before.dataId)
  return sums
}
