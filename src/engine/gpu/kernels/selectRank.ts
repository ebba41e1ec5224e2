import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { runKernel } from './kernel'

const DIGIT_BITS = 8
const DIGITS = 1 << DIGIT_BITS
/** Elements that one invocation counts. */
const CHUNK = 256

/** The bits in an order that rises, unsigned, as the floats fall; zeros of either sign alike. */
const KEY = `
fn keyOf(value : f32) -> u32 {
  let bits = bitcast<u32>(select(value, 0.0, value == 0.0));
  return ~select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}`

/** How often each digit occurs in each chunk among the elements whose higher digits are those found so far. */
const COUNT = `${KEY}
fn main(chunk : i32) {
  if (chunk >= uniforms.chunks) { return; }
  var counts : array<i32, ${DIGITS}>;
  let found = bitcast<u32>(state[0]);
  let higher = bitcast<u32>(uniforms.higher);
  for (var i = chunk * ${CHUNK}; i < min(uniforms.length, (chunk + 1) * ${CHUNK}); i++) {
    let key = keyOf(source[i]);
    if ((key & higher) == (found & higher)) { counts[i32((key >> u32(uniforms.bit)) & 0xffu)] += 1; }
  }
  for (var digit = 0; digit < ${DIGITS}; digit++) { result[digit * uniforms.chunks + chunk] = counts[digit]; }
}`

const TOTAL = `
fn main(digit : i32) {
  if (digit >= ${DIGITS}) { return; }
  var total = 0;
  for (var chunk = 0; chunk < uniforms.chunks; chunk++) { total += counts[digit * uniforms.chunks + chunk]; }
  result[digit] = total;
}`

/** The digit at which the rank is reached joins those found; the search continues among its elements. */
const PICK = `
fn main(index : i32) {
  if (index >= 1) { return; }
  var rank = state[1];
  var digit = 0;
  while (digit < ${DIGITS - 1} && rank >= totals[digit]) {
    rank -= totals[digit];
    digit++;
  }
  result[0] = state[0] | (digit << u32(uniforms.bit));
  result[1] = rank;
}`

const VALUE = `
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let rising = ~bitcast<u32>(state[0]);
  result[index] = bitcast<f32>(select(~rising, rising ^ 0x80000000u, (rising >> 31u) == 1u));
}`

/**
 * The value at a rank from the largest, found digit by digit without sorting: 13 dispatches for any length. Exact.
 *
 * @param source [N] float32, finite.
 * @param rank [1] int32, 0 for the largest, to N - 1; on the device, so that nothing is read back.
 * @returns [1]
 */
export function selectRank(backend: WebGPUBackend, source: tf.Tensor1D, rank: tf.Tensor): tf.Tensor1D {
  return tf.tidy(() => {
    const length = source.size
    const chunks = Math.ceil(length / CHUNK)
    const integers = { outputType: 'int32', groups: 1 } as const
    let state: tf.Tensor = tf.concat([tf.zeros([1], 'int32'), tf.reshape(rank, [1])])
    for (let bit = 32 - DIGIT_BITS; bit >= 0; bit -= DIGIT_BITS) {
      const higher = bit + DIGIT_BITS === 32 ? 0 : -1 << (bit + DIGIT_BITS)
      const counts = runKernel(
        backend,
        {
          ...integers,
          name: 'selectCount',
          variables: ['source', 'state'],
          code: COUNT,
          outputShape: [DIGITS * chunks],
          groups: Math.ceil(chunks / 64),
          uniforms: { length, chunks, bit, higher },
        },
        [source, state],
      )
      const totals = runKernel(
        backend,
        {
          ...integers,
          name: 'selectTotal',
          variables: ['counts'],
          code: TOTAL,
          outputShape: [DIGITS],
          groups: DIGITS / 64,
          uniforms: { chunks },
        },
        [counts],
      )
      state = runKernel(
        backend,
        {
          ...integers,
          name: 'selectPick',
          variables: ['state', 'totals'],
          code: PICK,
          outputShape: [2],
          uniforms: { bit },
        },
        [state, totals],
      )
    }
    return runKernel<tf.Tensor1D>(
      backend,
      {
        name: 'selectValue',
        variables: ['state'],
        code: VALUE,
        outputShape: [1],
        groups: 1,
        uniforms: { length: 1 },
      },
      [state],
    )
  })
}
