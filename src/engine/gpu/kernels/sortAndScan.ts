import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { undoOnFailure } from '../guardedBackend'
import { dispatchKernel, type Kernel } from './kernel'

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

const DIGIT_BITS = 8

const DIGITS = 1 << DIGIT_BITS

/** Elements that one invocation counts and places in order. */
const SORT_CHUNK = 256

/**
 * Keys whose rising unsigned order is the falling order of the floats (zeros of either sign alike), each followed by
 * the element's index.
 */
const PREPARE = `
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let bits = bitcast<u32>(select(source[index], 0.0, source[index] == 0.0));
  let rising = select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
  result[2 * index] = bitcast<i32>(~rising);
  result[2 * index + 1] = index;
}`

const DIGIT = 'i32((bitcast<u32>(pairs[2 * i]) >> u32(uniforms.bit)) & 0xffu)'

/** How often each digit occurs in each chunk, digit by digit, so that a scan gives every chunk its first place. */
const COUNT = `
fn main(chunk : i32) {
  if (chunk >= uniforms.chunks) { return; }
  var counts : array<i32, ${DIGITS}>;
  for (var i = chunk * ${SORT_CHUNK}; i < min(uniforms.length, (chunk + 1) * ${SORT_CHUNK}); i++) { counts[${DIGIT}] += 1; }
  for (var digit = 0; digit < ${DIGITS}; digit++) { result[digit * uniforms.chunks + chunk] = counts[digit]; }
}`

const PLACE = `
fn main(chunk : i32) {
  if (chunk >= uniforms.chunks) { return; }
  var places : array<i32, ${DIGITS}>;
  for (var digit = 0; digit < ${DIGITS}; digit++) { places[digit] = firsts[digit * uniforms.chunks + chunk]; }
  for (var i = chunk * ${SORT_CHUNK}; i < min(uniforms.length, (chunk + 1) * ${SORT_CHUNK}); i++) {
    let digit = ${DIGIT};
    let place = places[digit];
    places[digit] = place + 1;
    result[2 * place] = pairs[2 * i];
    result[2 * place + 1] = pairs[2 * i + 1];
  }
}`

/**
 * Stable radix sort (least significant digit first) from the largest float to the smallest, without atomics: equal
 * values keep their order.
 *
 * @param source [N] float32, finite.
 * @returns [N, 2] int32: sort keys and the index of each element in the source.
 */
export function radixSortDescending(backend: WebGPUBackend, source: tf.TensorInfo): tf.TensorInfo {
  return undoOnFailure(backend, () => sorted(backend, source))
}

function sorted(backend: WebGPUBackend, source: tf.TensorInfo): tf.TensorInfo {
  const length = tf.util.sizeFromShape(source.shape)
  const chunks = Math.ceil(length / SORT_CHUNK)
  const integers: Pick<Kernel, 'outputType' | 'outputShape'> = {
    outputType: 'int32',
    outputShape: [length, 2],
  }
  let pairs = dispatchKernel(
    backend,
    {
      name: 'radixPrepare',
      variables: ['source'],
      code: PREPARE,
      ...integers,
      groups: Math.ceil(length / 64),
      uniforms: { length },
    },
    [source],
  )
  for (let bit = 0; bit < 32; bit += DIGIT_BITS) {
    const pass = { ...integers, groups: Math.ceil(chunks / 64), uniforms: { length, chunks, bit } }
    const counts = dispatchKernel(
      backend,
      { ...pass, name: 'radixCount', variables: ['pairs'], code: COUNT, outputShape: [DIGITS * chunks] },
      [pairs],
    )
    const firsts = scan(backend, counts, false)
    const placed = dispatchKernel(
      backend,
      { ...pass, name: 'radixPlace', variables: ['pairs', 'firsts'], code: PLACE },
      [pairs, firsts],
    )
    for (const used of [pairs, counts, firsts]) backend.disposeData(used.dataId)
    pairs = placed
  }
  return pairs
}
