import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { undoOnFailure } from '../guardedBackend'
import { dispatchKernel, type Kernel } from './kernel'
import { prefersTiles } from './softwareAdapters'
import { LANES, tiling } from './tiling'

const DIGIT_BITS = 8

/** One invocation of a workgroup for each digit. */
const DIGITS = 1 << DIGIT_BITS

/** Words of a set of invocations. */
const WORDS = LANES / 32

/** What is sorted: how a key is made of the inputs. */
interface SortKeys {
  /** Names of the inputs in the WGSL. */
  variables: readonly string[]
  /** WGSL with `fn keyOf(i : i32) -> u32`: the key of element i. It reads the variables and `uniforms`. */
  code: string
  /** How many bits of the key count, from the lowest. */
  bits: number
  length: number
}

/** The first pass makes keys; later ones find them beside the indices. */
const PAIRS = `
fn keyOf(i : i32) -> u32 { return bitcast<u32>(pairs[2 * i]); }`

const digitOf = `fn digitOf(key : u32) -> u32 { return (key >> u32(uniforms.bit)) & ${DIGITS - 1}u; }`

/** How often each digit occurs in each tile: [tiles, digits]. */
const count = (keys: string) => `${keys}
${digitOf}
var<workgroup> counts : array<atomic<u32>, ${DIGITS}>;
fn main(index : i32) {
  let lane = index % ${LANES};
  let tile = index / ${LANES};
  for (var round = 0; round < uniforms.rounds; round++) {
    let i = (tile * uniforms.rounds + round) * ${LANES} + lane;
    if (i < uniforms.length) { atomicAdd(&counts[digitOf(keyOf(i))], 1u); }
  }
  workgroupBarrier();
  result[index] = i32(atomicLoad(&counts[lane]));
}`

/** The same by one invocation a tile, for adapters on which workgroups cost most: the numbers are the same. */
const countAlone = (keys: string) => `${keys}
${digitOf}
fn main(tile : i32) {
  if (tile >= uniforms.tiles) { return; }
  var counts : array<i32, ${DIGITS}>;
  let size = uniforms.rounds * ${LANES};
  for (var i = tile * size; i < min(uniforms.length, (tile + 1) * size); i++) { counts[digitOf(keyOf(i))] += 1; }
  for (var digit = 0; digit < ${DIGITS}; digit++) { result[tile * ${DIGITS} + digit] = counts[digit]; }
}`

/** The first place of each digit of each tile, [tiles, digits], by one workgroup: an invocation for each digit. */
const FIRSTS = `
var<workgroup> sums : array<i32, ${DIGITS}>;
fn main(digit : i32) {
  var total = 0;
  for (var tile = 0; tile < uniforms.tiles; tile++) { total += counts[tile * ${DIGITS} + digit]; }
  sums[digit] = total;
  workgroupBarrier();
  for (var reach = 1; reach < ${DIGITS}; reach *= 2) {
    var before = 0;
    if (digit >= reach) { before = sums[digit - reach]; }
    workgroupBarrier();
    sums[digit] += before;
    workgroupBarrier();
  }
  var place = sums[digit] - total;
  for (var tile = 0; tile < uniforms.tiles; tile++) {
    result[tile * ${DIGITS} + digit] = place;
    place += counts[tile * ${DIGITS} + digit];
  }
}`

/**
 * Moves every element to its place. Which invocations of a workgroup hold a digit is a set of bits; how many of them come
 * before says where among equals an element goes, so that the order is kept.
 */
const place = (keys: string, move: string) => `${keys}
${digitOf}
var<workgroup> holders : array<atomic<u32>, ${DIGITS * WORDS}>;
var<workgroup> places : array<i32, ${DIGITS}>;
fn main(index : i32) {
  let lane = index % ${LANES};
  let tile = index / ${LANES};
  let word = u32(lane / 32);
  let bit = 1u << u32(lane % 32);
  places[lane] = firsts[index];
  workgroupBarrier();
  for (var round = 0; round < uniforms.rounds; round++) {
    let i = (tile * uniforms.rounds + round) * ${LANES} + lane;
    let exists = i < uniforms.length;
    var key = 0u;
    if (exists) {
      key = keyOf(i);
      atomicOr(&holders[digitOf(key) * ${WORDS}u + word], bit);
    }
    workgroupBarrier();
    if (exists) {
      let digit = digitOf(key);
      var place = places[digit];
      for (var w = 0u; w < word; w++) { place += i32(countOneBits(atomicLoad(&holders[digit * ${WORDS}u + w]))); }
      place += i32(countOneBits(atomicLoad(&holders[digit * ${WORDS}u + word]) & (bit - 1u)));
      ${move}
    }
    workgroupBarrier();
    for (var w = 0; w < ${WORDS}; w++) {
      places[lane] += i32(countOneBits(atomicExchange(&holders[lane * ${WORDS} + w], 0u)));
    }
    workgroupBarrier();
  }
}`

/** The same by one invocation a tile, in order. */
const placeAlone = (keys: string, move: string) => `${keys}
${digitOf}
fn main(tile : i32) {
  if (tile >= uniforms.tiles) { return; }
  var places : array<i32, ${DIGITS}>;
  for (var digit = 0; digit < ${DIGITS}; digit++) { places[digit] = firsts[tile * ${DIGITS} + digit]; }
  let size = uniforms.rounds * ${LANES};
  for (var i = tile * size; i < min(uniforms.length, (tile + 1) * size); i++) {
    let key = keyOf(i);
    let digit = digitOf(key);
    let place = places[digit];
    places[digit] = place + 1;
    ${move}
  }
}`

/** An element with its key to its place; in the first pass an element is its own index, after the last no key is needed. */
function moveOf(first: boolean, last: boolean): string {
  const source = first ? 'i' : 'pairs[2 * i + 1]'
  return last
    ? `result[place] = ${source};`
    : `result[2 * place] = bitcast<i32>(key); result[2 * place + 1] = ${source};`
}

/**
 * Stable radix sort by rising keys, least significant digit first: three dispatches for eight bits. Atomics are of
 * integers within a workgroup, and their order does not matter.
 *
 * @returns [N] int32: the index of each element, smallest key first.
 */
export function radixSort(
  backend: WebGPUBackend,
  { variables, code, bits, length }: SortKeys,
  inputs: readonly tf.TensorInfo[],
): tf.TensorInfo {
  const { rounds, tiles } = tiling(length)
  const alone = prefersTiles(backend)
  const shared: Pick<Kernel, 'outputType' | 'groups' | 'groupSize'> = {
    outputType: 'int32',
    ...(alone ? { groups: Math.ceil(tiles / 64) } : { groups: tiles, groupSize: LANES }),
  }
  return undoOnFailure(backend, () => {
    let pairs: tf.TensorInfo | null = null
    for (let bit = 0; bit < bits; bit += DIGIT_BITS) {
      const [first, last] = [pairs === null, bit + DIGIT_BITS >= bits]
      const [names, keys, given] = pairs ? [['pairs'], PAIRS, [pairs]] : [variables, code, inputs]
      const uniforms = { length, rounds, bit, ...(alone && { tiles }) }
      const move = moveOf(first, last)
      const table = { outputShape: [tiles, DIGITS] }
      const counts = dispatchKernel(
        backend,
        {
          ...shared,
          ...table,
          name: 'radixCount',
          variables: names,
          code: (alone ? countAlone : count)(keys),
          uniforms,
        },
        given,
      )
      const firsts = dispatchKernel(
        backend,
        {
          ...shared,
          ...table,
          name: 'radixFirsts',
          variables: ['counts'],
          code: FIRSTS,
          groups: 1,
          groupSize: LANES,
          uniforms: { tiles },
        },
        [counts],
      )
      backend.disposeData(counts.dataId)
      const placed = dispatchKernel(
        backend,
        {
          ...shared,
          name: 'radixPlace',
          variables: [...names, 'firsts'],
          code: (alone ? placeAlone : place)(keys, move),
          outputShape: last ? [length] : [length, 2],
          uniforms,
        },
        [...given, firsts],
      )
      backend.disposeData(firsts.dataId)
      if (pairs) backend.disposeData(pairs.dataId)
      pairs = placed
    }
    return pairs!
  })
}

/** Rising keys of falling floats; zeros of either sign alike. */
const FALLING = `
fn keyOf(i : i32) -> u32 {
  let bits = bitcast<u32>(select(source[i], 0.0, source[i] == 0.0));
  return ~select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}`

/**
 * Indices [N] int32 of floats [N] from the largest to the smallest; equal values keep their order.
 *
 * @param source float32, finite.
 */
export function orderDescending(backend: WebGPUBackend, source: tf.TensorInfo): tf.TensorInfo {
  const length = tf.util.sizeFromShape(source.shape)
  return radixSort(backend, { variables: ['source'], code: FALLING, bits: 32, length }, [source])
}
