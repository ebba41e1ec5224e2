import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { undoOnFailure } from '../guardedBackend'
import { GROUP, GROUP_SIZE, type HeadRegisters, headRegisters, joinSoftmax } from './headRegisters'
import { dispatchForResults, splitCount } from './kernel'
import { sumPartials } from './partialSums'

/** The sizes of an attention whose heads are blocks of channels. */
export interface AttentionShape {
  batch: number
  queries: number
  keys: number
  heads: number
  /** Channels of a head: as `takesHeads` says. */
  headSize: number
}

/** Queries that a share of the keys' gradients covers at least. */
const SHORTEST_SHARE = 32

/** `query` of `image` and `head`, one to an invocation: its `row`, and where its head begins in `own`. */
const OWN_QUERY = `
  let group = ${GROUP};
  if (group >= uniforms.groups) { return; }
  let query = (group % uniforms.chunks) * ${GROUP_SIZE} + i32(localIndex);
  let head = (group / uniforms.chunks) % uniforms.heads;
  let image = group / (uniforms.chunks * uniforms.heads);
  if (query >= uniforms.queries) { return; }
  let row = image * uniforms.queries + query;
  let first = head * uniforms.headQuads;
  let own = row * uniforms.width + first;`

const forwardCode = (registers: HeadRegisters, scale: number) => `
fn main(index : i32) {
  ${OWN_QUERY}
  ${registers.load('query', 'q', 'own', `${scale}`)}
  var most = -1e30;
  var total = 0.0;
  ${registers.zero('sum')}
  for (var key = 0; key < uniforms.keys; key++) {
    let at = (image * uniforms.keys + key) * uniforms.width + first;
    ${registers.load('key', 'k', 'at')}
    let score = ${registers.dot('query', 'key')};
    ${joinSoftmax(registers)}
    ${registers.load('value', 'v', 'at')}
    ${registers.add('sum', 'power', 'value')}
  }
  ${registers.store('result', 'own', 'sum', '(1.0 / total)')}
  normalisers[row * uniforms.heads + head] = most + log(total);
}`

/**
 * softmax(q k^T / sqrt(d)) v for every head, in one dispatch that keeps no scores (Dao et al. 2022).
 *
 * @param inputs q [B, N, C], k and v [B, M, C].
 * @returns flat [B N C], and the logarithm of each softmax's denominator, flat [B N heads].
 */
export function attentionForward(
  backend: WebGPUBackend,
  shape: AttentionShape,
  inputs: readonly tf.TensorInfo[],
): tf.TensorInfo[] {
  const { batch, queries, heads, headSize } = shape
  return dispatchForResults(
    backend,
    {
      name: 'attention',
      variables: ['q', 'k', 'v'],
      components: [4, 4, 4],
      resultComponents: 4,
      code: forwardCode(headRegisters(headSize), headSize ** -0.5),
      outputShape: [batch * queries * heads * headSize],
      more: [{ name: 'normalisers', shape: [batch * queries * heads] }],
      ...dispatchOf(shape, queries, 1),
    },
    inputs,
  )
}

const queryGradientCode = ({ load, zero, dot, add, store }: HeadRegisters, scale: number) => `
fn main(index : i32) {
  ${OWN_QUERY}
  ${load('query', 'q', 'own', `${scale}`)}
  ${load('slope', 'dy', 'own')}
  ${load('output', 'y', 'own')}
  let inner = ${dot('slope', 'output')};
  let normaliser = normalisers[row * uniforms.heads + head];
  ${zero('sum')}
  for (var key = 0; key < uniforms.keys; key++) {
    let at = (image * uniforms.keys + key) * uniforms.width + first;
    ${load('key', 'k', 'at')}
    let weight = exp(${dot('query', 'key')} - normaliser);
    ${load('value', 'v', 'at')}
    let scoreSlope = weight * (${dot('slope', 'value')} - inner);
    ${add('sum', 'scoreSlope', 'key')}
  }
  ${store('result', 'own', 'sum', `${scale}`)}
  inners[row * uniforms.heads + head] = inner;
}`

/** Gradients of a key (the first half of the groups) or a value (the second), over a share of the queries. */
const keyGradientCode = ({ load, zero, dot, add, store }: HeadRegisters, scale: number) => `
fn main(index : i32) {
  let group = ${GROUP};
  let half = uniforms.groups / 2;
  if (group >= uniforms.groups) { return; }
  let key = (group % uniforms.chunks) * ${GROUP_SIZE} + i32(localIndex);
  let head = (group / uniforms.chunks) % uniforms.heads;
  let image = (group / (uniforms.chunks * uniforms.heads)) % uniforms.batch;
  let split = (group % half) / (uniforms.chunks * uniforms.heads * uniforms.batch);
  if (key >= uniforms.keys) { return; }
  let first = head * uniforms.headQuads;
  let own = (image * uniforms.keys + key) * uniforms.width + first;
  let place = split * uniforms.batch * uniforms.keys * uniforms.width + own;
  let begin = image * uniforms.queries + split * uniforms.share;
  let end = min((image + 1) * uniforms.queries, begin + uniforms.share);
  ${load('key', 'k', 'own', `${scale}`)}
  ${zero('sum')}
  if (group < half) {
    ${load('value', 'v', 'own')}
    for (var row = begin; row < end; row++) {
      let at = row * uniforms.width + first;
      ${load('query', 'q', 'at')}
      let weight = exp(${dot('query', 'key')} - normalisers[row * uniforms.heads + head]);
      ${load('slope', 'dy', 'at')}
      let scoreSlope = weight * (${dot('slope', 'value')} - inners[row * uniforms.heads + head]);
      ${add('sum', 'scoreSlope', 'query')}
    }
    ${store('result', 'place', 'sum', `${scale}`)}
  } else {
    for (var row = begin; row < end; row++) {
      let at = row * uniforms.width + first;
      ${load('query', 'q', 'at')}
      let weight = exp(${dot('query', 'key')} - normalisers[row * uniforms.heads + head]);
      ${load('slope', 'dy', 'at')}
      ${add('sum', 'weight', 'slope')}
    }
    ${store('values', 'place', 'sum', '1.0')}
  }
}`

/**
 * The gradients of `attentionForward`, from probabilities that are computed again.
 *
 * @param inputs q, k, v, what `attentionForward` gave (y and normalisers), and dy.
 * @returns those of q, k and v, flat.
 */
export function attentionBackward(
  backend: WebGPUBackend,
  shape: AttentionShape,
  inputs: readonly [
    q: tf.TensorInfo,
    k: tf.TensorInfo,
    v: tf.TensorInfo,
    y: tf.TensorInfo,
    normalisers: tf.TensorInfo,
    dy: tf.TensorInfo,
  ],
): tf.TensorInfo[] {
  const [q, k, v, , normalisers, dy] = inputs
  const { batch, queries, keys, heads, headSize } = shape
  const registers = headRegisters(headSize)
  const scale = headSize ** -0.5
  const wanted = splitCount(2 * batch * heads * keys, Math.ceil(queries / SHORTEST_SHARE))
  const share = Math.ceil(queries / wanted)
  const splits = Math.ceil(queries / share)
  const length = batch * keys * heads * headSize
  return undoOnFailure(backend, () => {
    const [dq, inners] = dispatchForResults(
      backend,
      {
        name: 'attentionQueryGradient',
        variables: ['q', 'k', 'v', 'y', 'normalisers', 'dy'],
        components: [4, 4, 4, 4, 1, 4],
        resultComponents: 4,
        code: queryGradientCode(registers, scale),
        outputShape: [batch * queries * heads * headSize],
        more: [{ name: 'inners', shape: [batch * queries * heads] }],
        ...dispatchOf(shape, queries, 1),
      },
      inputs,
    ) as [tf.TensorInfo, tf.TensorInfo]
    const dispatch = dispatchOf(shape, keys, 2 * splits)
    const partials = dispatchForResults(
      backend,
      {
        name: 'attentionKeyGradients',
        variables: ['q', 'k', 'v', 'normalisers', 'inners', 'dy'],
        components: [4, 4, 4, 1, 1, 4],
        resultComponents: 4,
        code: keyGradientCode(registers, scale),
        outputShape: [splits, length],
        more: [{ name: 'values', shape: [splits, length], components: 4 }],
        ...dispatch,
        uniforms: { ...dispatch.uniforms, batch, share },
      },
      [q, k, v, normalisers, inners, dy],
    )
    backend.disposeData(inners.dataId)
    return [dq, ...partials.map(partial => sumPartials(backend, partial, splits, [length]))]
  })
}

/** One invocation for each of `tokens` of every image and head, `times` over. */
function dispatchOf(
  { batch, queries, keys, heads, headSize }: AttentionShape,
  tokens: number,
  times: number,
) {
  const chunks = Math.ceil(tokens / GROUP_SIZE)
  const groups = chunks * heads * batch * times
  const [headQuads, width] = [headSize / 4, (heads * headSize) / 4]
  return {
    groups,
    groupSize: GROUP_SIZE,
    // Scores and their weighted sum, or two gradients; scores that are computed again are not counted.
    multiplyAdds: 2 * batch * queries * keys * heads * headSize,
    uniforms: { groups, chunks, queries, keys, heads, headQuads, width },
  }
}
