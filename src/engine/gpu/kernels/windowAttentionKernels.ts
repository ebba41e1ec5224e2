import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { undoOnFailure } from '../guardedBackend'
import { GROUP, GROUP_SIZE, type HeadRegisters, headRegisters, joinSoftmax } from './headRegisters'
import { dispatchForResults, dispatchKernel, splitCount } from './kernel'
import { sumPartials } from './partialSums'
import { groupedColumnSums } from './reductions'
import { chunksOf, isPadded, overWindow, PLACES, sizes, type WindowShape } from './windowPlaces'

/** The invocation's own token of a window, and its head. */
const OWN_TOKEN = `
  let token = (group % uniforms.chunks) * ${GROUP_SIZE} + i32(localIndex);
  let head = (group / uniforms.chunks) % uniforms.heads;
  if (token >= uniforms.rows * uniforms.columns) { return; }
  let down = token / uniforms.columns;
  let across = token % uniforms.columns;
  let first = head * uniforms.headQuads;
  let width = uniforms.quads;`

/** Fills `name` with the queries (0), keys (1) or values (2) of `place`; padding has the bias of their projection. */
const loadPart = ({ zero, assign }: HeadRegisters, name: string, part: 1 | 2) => `
  ${zero(name)}
  if (place.row >= 0) {
    let at = (3 * place.row + ${part}) * width + first;
    ${assign(name, 'qkv', 'at')}
  } else {
    let at = ${part} * width + first;
    ${assign(name, 'padding', 'at')}
  }`

const forwardCode = (registers: HeadRegisters, scale: number) => `
${PLACES}
fn main(invocation : i32) {
  let group = ${GROUP};
  if (group >= uniforms.groups) { return; }
  ${OWN_TOKEN}
  let window = windowAt(group / (uniforms.chunks * uniforms.heads));
  let own = placeOf(window, down, across);
  if (own.row < 0) { return; }
  ${registers.load('query', 'qkv', '3 * own.row * width + first', `${scale}`)}
  var most = -1e30;
  var total = 0.0;
  ${registers.zero('sum')}
  ${overWindow(`
      ${loadPart(registers, 'key', 1)}
      let score = ${registers.dot('query', 'key')}
        + biasOf(down - otherDown, across - otherAcross, head, place.region != own.region);
      ${joinSoftmax(registers)}
      ${loadPart(registers, 'value', 2)}
      ${registers.add('sum', 'power', 'value')}`)}
  ${registers.store('result', '(own.row * width + first)', 'sum', '(1.0 / total)')}
  normalisers[own.row * uniforms.heads + head] = most + log(total);
}`

/**
 * Window attention (Liu et al. 2021, section 3.2) with roll, padding, partition, position bias and mask, in one dispatch.
 *
 * @param inputs the joined queries, keys and values of the map [B, H, W, 3C]; those of padding [3C]; the table of
 *   position biases [(2 h - 1) (2 w - 1), heads].
 * @returns flat [B H W C], and the logarithm of each softmax's denominator, flat [B H W heads].
 */
export function windowAttentionForward(
  backend: WebGPUBackend,
  shape: WindowShape,
  inputs: readonly tf.TensorInfo[],
): tf.TensorInfo[] {
  const { batch, map, window, windows, heads, headSize } = shape
  const tokens = batch * map[0] * map[1] * heads
  const chunks = chunksOf(window)
  const groups = chunks * heads * batch * windows[0] * windows[1]
  return dispatchForResults(
    backend,
    {
      name: 'windowAttention',
      variables: ['qkv', 'padding', 'table'],
      components: [4, 4, 1],
      resultComponents: 4,
      code: forwardCode(headRegisters(headSize), headSize ** -0.5),
      outputShape: [tokens * headSize],
      more: [{ name: 'normalisers', shape: [tokens] }],
      groups,
      groupSize: GROUP_SIZE,
      multiplyAdds: 2 * tokens * headSize * window[0] * window[1],
      uniforms: { groups, ...sizes(shape) },
    },
    inputs,
  )
}

/**
 * Invocations of the first third of the groups are queries: their gradient, that of the position biases, summed over the
 * windows of a share, and how much padding weighs in their softmax. The others are keys and values. Each walks over a
 * share of the windows.
 */
const backwardCode = (tokens: number, registers: HeadRegisters, scale: number) => {
  const { load, zero, dot, add, store } = registers
  const loadQuery = `
      if (place.row < 0) { continue; }
      ${load('query', 'qkv', '3 * place.row * width + first', `${scale}`)}
      ${load('slope', 'dy', 'place.row * width + first')}
      let score = ${dot('query', 'key')}
        + biasOf(otherDown - down, otherAcross - across, head, place.region != own.region);
      let weight = exp(score - normalisers[place.row * uniforms.heads + head]);`
  const overShare = (body: string) => `
    for (var index = begin; index < end; index++) {
      let window = windowAt(index);
      let own = placeOf(window, down, across);
      if (own.row < 0) { continue; }
      ${zero('sum')}
      ${body}
    }`
  return `
${PLACES}
fn main(invocation : i32) {
  let group = ${GROUP};
  if (group >= uniforms.groups) { return; }
  ${OWN_TOKEN}
  let third = uniforms.groups / 3;
  let split = (group % third) / (uniforms.chunks * uniforms.heads);
  let begin = split * uniforms.share;
  let end = min(uniforms.windows, begin + uniforms.share);
  if (group < third) {
    var biasSlopes = array<f32, ${tokens}>();
    ${overShare(`
      ${load('query', 'qkv', '3 * own.row * width + first', `${scale}`)}
      ${load('slope', 'dy', 'own.row * width + first')}
      ${load('output', 'y', 'own.row * width + first')}
      let inner = ${dot('slope', 'output')};
      let normaliser = normalisers[own.row * uniforms.heads + head];
      var paddingWeight = 0.0;
      var paddingSlope = 0.0;
      ${overWindow(`
        ${loadPart(registers, 'key', 1)}
        let score = ${dot('query', 'key')}
          + biasOf(down - otherDown, across - otherAcross, head, place.region != own.region);
        let weight = exp(score - normaliser);
        ${loadPart(registers, 'value', 2)}
        let scoreSlope = weight * (${dot('slope', 'value')} - inner);
        ${add('sum', 'scoreSlope', 'key')}
        biasSlopes[otherDown * uniforms.columns + otherAcross] += scoreSlope;
        if (place.row < 0) {
          paddingWeight += weight;
          paddingSlope += scoreSlope;
        }`)}
      ${store('result', '(3 * own.row * width + first)', 'sum', `${scale}`)}
      if (uniforms.padded == 1) {
        let at = uniforms.partials + 2 * (own.row * uniforms.heads + head);
        sums[at] = paddingSlope * ${scale};
        sums[at + 1] = paddingWeight;
      }`)}
    for (var other = 0; other < ${tokens}; other++) {
      sums[((split * uniforms.heads + head) * ${tokens} + token) * ${tokens} + other] = biasSlopes[other];
    }
  } else if (group < 2 * third) {
    ${overShare(`
      ${load('key', 'qkv', '(3 * own.row + 1) * width + first')}
      ${load('value', 'qkv', '(3 * own.row + 2) * width + first')}
      ${overWindow(`
        ${loadQuery}
        ${load('output', 'y', 'place.row * width + first')}
        let scoreSlope = weight * (${dot('slope', 'value')} - (${dot('slope', 'output')}));
        ${add('sum', 'scoreSlope', 'query')}`)}
      ${store('result', '((3 * own.row + 1) * width + first)', 'sum', '1.0')}`)}
  } else {
    ${overShare(`
      ${load('key', 'qkv', '(3 * own.row + 1) * width + first')}
      ${overWindow(`
        ${loadQuery}
        ${add('sum', 'weight', 'slope')}`)}
      ${store('result', '((3 * own.row + 2) * width + first)', 'sum', '1.0')}`)}
  }
}`
}

/** What `windowAttentionBackward` gives, flat; the caller owns it. */
interface WindowGradients {
  /** [B H W 3C] */
  qkv: tf.TensorInfo
  /** [(2 h - 1) (2 w - 1) heads] */
  table: tf.TensorInfo
  /** [3C], from padding alone; absent where windows tile the map. */
  padding?: tf.TensorInfo
}

/**
 * The gradients of `windowAttentionForward`, from probabilities that are computed again.
 *
 * @param inputs its inputs, what it gave (y and normalisers), and dy.
 */
export function windowAttentionBackward(
  backend: WebGPUBackend,
  shape: WindowShape,
  inputs: readonly [
    qkv: tf.TensorInfo,
    padding: tf.TensorInfo,
    table: tf.TensorInfo,
    y: tf.TensorInfo,
    normalisers: tf.TensorInfo,
    dy: tf.TensorInfo,
  ],
): WindowGradients {
  const { batch, map, window, windows, heads, headSize } = shape
  const tokens = window[0] * window[1]
  const chunks = chunksOf(window)
  const all = batch * windows[0] * windows[1]
  const share = Math.ceil(all / splitCount(tokens * heads, all))
  const splits = Math.ceil(all / share)
  const groups = 3 * chunks * heads * splits
  const rows = batch * map[0] * map[1]
  const pairs = heads * tokens * tokens
  const padded = isPadded(shape)
  return undoOnFailure(backend, () => {
    const [qkv, sums] = dispatchForResults(
      backend,
      {
        name: 'windowAttentionGradient',
        variables: ['qkv', 'padding', 'table', 'y', 'normalisers', 'dy'],
        components: [4, 4, 1, 4, 1, 4],
        resultComponents: 4,
        code: backwardCode(tokens, headRegisters(headSize), headSize ** -0.5),
        outputShape: [rows * 3 * heads * headSize],
        more: [{ name: 'sums', shape: [splits * pairs + (padded ? 2 * rows * heads : 0)] }],
        groups,
        groupSize: GROUP_SIZE,
        // Scores that are computed again are not counted.
        multiplyAdds: 4 * rows * heads * headSize * tokens,
        uniforms: {
          groups,
          windows: all,
          share,
          partials: splits * pairs,
          padded: Number(padded),
          ...sizes(shape),
        },
      },
      inputs,
    ) as [tf.TensorInfo, tf.TensorInfo]
    const padding = padded
      ? paddingGradient(backend, shape, [inputs[5], inputs[0], sums], splits * pairs)
      : undefined
    const slopes = sumPartials(backend, sums, splits, [pairs])
    const table = tableGradient(backend, shape, slopes)
    backend.disposeData(slopes.dataId)
    return { qkv, table, padding }
  })
}

/** Sums over the pairs of tokens that lie alike. */
function tableGradient(
  backend: WebGPUBackend,
  { window: [rows, columns], heads }: WindowShape,
  slopes: tf.TensorInfo,
): tf.TensorInfo {
  const length = (2 * rows - 1) * (2 * columns - 1) * heads
  return dispatchKernel(
    backend,
    {
      name: 'positionBiasGradient',
      variables: ['slopes'],
      code: `
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let offset = index / uniforms.heads;
  let tokens = uniforms.rows * uniforms.columns;
  let begin = (index % uniforms.heads) * tokens * tokens;
  let down = offset / (2 * uniforms.columns - 1) - uniforms.rows + 1;
  let across = offset % (2 * uniforms.columns - 1) - uniforms.columns + 1;
  var total = 0.0;
  for (var y = max(0, down); y < uniforms.rows + min(0, down); y++) {
    for (var x = max(0, across); x < uniforms.columns + min(0, across); x++) {
      let query = y * uniforms.columns + x;
      let key = (y - down) * uniforms.columns + x - across;
      total += slopes[begin + query * tokens + key];
    }
  }
  result[index] = total;
}`,
      outputShape: [length],
      groups: Math.ceil(length / 64),
      uniforms: { length, rows, columns, heads },
    },
    [slopes],
  )
}

/** Padding is the same key and the same value everywhere, and its queries have no output. */
function paddingGradient(
  backend: WebGPUBackend,
  { heads, headSize }: WindowShape,
  inputs: readonly tf.TensorInfo[],
  begin: number,
): tf.TensorInfo {
  const weights = `sums[uniforms.begin + 2 * (row * uniforms.heads + channel / ${headSize})`
  return groupedColumnSums(
    backend,
    {
      name: 'paddingGradient',
      variables: ['dy', 'qkv', 'sums'],
      terms: ['0.0', `${weights}] * qkv[3 * row * channels + channel]`, `${weights} + 1] * dy[index]`],
      channels: heads * headSize,
      uniforms: { begin, heads },
    },
    inputs,
    1,
  )
}
