import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { undoOnFailure } from '../guardedBackend'
import { SIGMOID } from './activation'
import { dispatchForResults, dispatchKernel } from './kernel'

/** Channels and inner channels that a workgroup's 16 KiB hold. */
export const MOST_CHANNELS = 3584
export const MOST_INNER = 256

/** Invocations of the one workgroup that an image's gate takes, and how many of them share a product of a row. */
const GROUP = 256
const LANES = 4

/** Shares of an image's pixels; every channel's are added by one invocation. */
const MOST_SPLITS = 32

const FEWEST_ROWS = 16

/** The two layers of a gate, float32. */
export interface GateWeights {
  /** [C, R], or with leading ones. */
  reduce: tf.TensorInfo
  /** [R] */
  reduceBias: tf.TensorInfo
  /** [R, C], or with leading ones. */
  expand: tf.TensorInfo
  /** [C] */
  expandBias: tf.TensorInfo
}

interface Sizes {
  batch: number
  rows: number
  channels: number
  inner: number
}

function sizesOf(x: tf.TensorInfo, reduceBias: tf.TensorInfo): Sizes {
  const [batch, height, width, channels] = x.shape as [number, number, number, number]
  return { batch, rows: height * width, channels, inner: reduceBias.shape[0]! }
}

/** Four channels at a time where they divide by four. */
function componentsOf(channels: number): 1 | 4 {
  return channels % 4 === 0 ? 4 : 1
}

const aliasOf = (components: 1 | 4) => `alias T = ${components === 4 ? 'vec4<f32>' : 'f32'};`

/** How an image's pixels are cut, by its own shape alone: a result must not depend on the batch it came in. */
function sharesOf(rows: number): { share: number; splits: number } {
  const share = Math.ceil(rows / Math.min(MOST_SPLITS, Math.ceil(rows / FEWEST_ROWS)))
  return { share, splits: Math.ceil(rows / share) }
}

/** Sums of x, or of x times dy, over shares of every image's pixels: [B, splits, C]. */
function shareSums(
  backend: WebGPUBackend,
  maps: { x: tf.TensorInfo; dy?: tf.TensorInfo },
  { batch, rows, channels }: Sizes,
): tf.TensorInfo {
  const components = componentsOf(channels)
  const columns = channels / components
  const { share, splits } = sharesOf(rows)
  const names = Object.keys(maps)
  return dispatchKernel(
    backend,
    {
      name: maps.dy ? 'gateSlopes' : 'squeeze',
      variables: names,
      components: names.map(() => components),
      resultComponents: components,
      code: `${aliasOf(components)}
fn main(invocation : i32) {
  let columns = uniforms.columns;
  if (invocation >= columns * uniforms.splits * uniforms.images) { return; }
  let column = invocation % columns;
  let split = (invocation / columns) % uniforms.splits;
  let image = invocation / (columns * uniforms.splits);
  let firstRow = image * uniforms.rows + split * uniforms.share;
  let lastRow = min((image + 1) * uniforms.rows, firstRow + uniforms.share);
  var sum = T(0.0);
  for (var row = firstRow; row < lastRow; row++) {
    sum += x[row * columns + column]${maps.dy ? ' * dy[row * columns + column]' : ''};
  }
  result[invocation] = sum;
}`,
      outputShape: [batch, splits, channels],
      groups: Math.ceil((columns * splits * batch) / 64),
      uniforms: { rows, columns, share, splits, images: batch },
    },
    Object.values(maps),
  )
}

/**
 * WGSL of a workgroup's part for one image: `sums` of every channel put through `enter` into `channelValues`, products
 * with a matrix [R, C] into `innerValues` through `meet`, and `leave` for every channel. `row` and `channel` are in
 * scope; `weight` is the matrix's element.
 */
const gateCode = (enter: string, weight: string, meet: string, leave: string) => `
alias T = f32;
${SIGMOID}
var<workgroup> channelValues : array<f32, ${MOST_CHANNELS}>;
var<workgroup> innerValues : array<f32, ${MOST_INNER}>;
var<workgroup> parts : array<f32, ${GROUP}>;
fn main(invocation : i32) {
  let place = invocation % ${GROUP};
  let image = invocation / ${GROUP};
  let channels = uniforms.channels;
  let inner = uniforms.inner;
  for (var channel = place; channel < channels; channel += ${GROUP}) {
    var sum = 0.0;
    for (var split = 0; split < uniforms.splits; split++) {
      sum += partials[(image * uniforms.splits + split) * channels + channel];
    }
    ${enter}
  }
  workgroupBarrier();
  for (var first = 0; first < inner; first += ${GROUP / LANES}) {
    let row = first + place / ${LANES};
    let lane = place % ${LANES};
    var part = 0.0;
    if (row < inner) {
      for (var channel = lane; channel < channels; channel += ${LANES}) { part += channelValues[channel] * ${weight}; }
    }
    parts[place] = part;
    workgroupBarrier();
    if (lane == 0 && row < inner) {
      let product = (parts[place] + parts[place + 1]) + (parts[place + 2] + parts[place + 3]);
      ${meet}
    }
    workgroupBarrier();
  }
  for (var channel = place; channel < channels; channel += ${GROUP}) {
    var total = 0.0;
    ${leave}
  }
}`

/**
 * The gate of a squeeze-and-excitation (Hu et al. 2018): sigmoid(expand(silu(reduce(mean of x)))), in two dispatches.
 *
 * @param x [B, H, W, C] float32.
 * @returns the gate and the means, both [B, C], and what enters the SiLU [B, R]; the caller owns them.
 */
export function squeezeGate(
  backend: WebGPUBackend,
  x: tf.TensorInfo,
  { reduce, reduceBias, expand, expandBias }: GateWeights,
): tf.TensorInfo[] {
  const sizes = sizesOf(x, reduceBias)
  const { batch, rows, channels, inner } = sizes
  return undoOnFailure(backend, () => {
    const partials = shareSums(backend, { x }, sizes)
    const results = dispatchForResults(
      backend,
      {
        name: 'squeezeGate',
        variables: ['partials', 'reduce', 'reduceBias', 'expand', 'expandBias'],
        code: gateCode(
          `let mean = sum / f32(uniforms.rows);
    channelValues[channel] = mean;
    means[image * channels + channel] = mean;`,
          'reduce[channel * inner + row]',
          `let z = product + reduceBias[row];
      hidden[image * inner + row] = z;
      innerValues[row] = z * sigmoid(z);`,
          `for (var row = 0; row < inner; row++) { total += innerValues[row] * expand[row * channels + channel]; }
    result[image * channels + channel] = sigmoid(total + expandBias[channel]);`,
        ),
        outputShape: [batch, channels],
        more: [
          { name: 'means', shape: [batch, channels] },
          { name: 'hidden', shape: [batch, inner] },
        ],
        groups: batch,
        groupSize: GROUP,
        uniforms: { rows, channels, inner, splits: partials.shape[1]! },
      },
      [partials, reduce, reduceBias, expand, expandBias],
    )
    backend.disposeData(partials.dataId)
    return results
  })
}

/** x times a gate [B, C], plus a summand [B, C] where one is given; one dispatch. */
export function scaleChannels(
  backend: WebGPUBackend,
  given: { x: tf.TensorInfo; gate: tf.TensorInfo; summand?: tf.TensorInfo },
): tf.TensorInfo {
  const { x } = given
  const [batch, height, width, channels] = x.shape as [number, number, number, number]
  const components = componentsOf(channels)
  const columns = channels / components
  const length = batch * height * width * columns
  const names = Object.keys(given)
  return dispatchKernel(
    backend,
    {
      name: 'scaleChannels',
      variables: names,
      components: names.map(() => components),
      resultComponents: components,
      code: `${aliasOf(components)}
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let columns = uniforms.columns;
  let at = index / (uniforms.rows * columns) * columns + index % columns;
  result[index] = x[index] * gate[at]${given.summand ? ' + summand[at]' : ''};
}`,
      outputShape: x.shape,
      groups: Math.ceil(length / 64),
      uniforms: { length, columns, rows: height * width },
    },
    Object.values(given),
  )
}

/** What a backward pass keeps of the forward one, see `squeezeGate`. */
export interface GateValues {
  gate: tf.TensorInfo
  means: tf.TensorInfo
  hidden: tf.TensorInfo
}

/**
 * Gradients of `scaleChannels(x, squeezeGate(x, weights))`, in four dispatches.
 *
 * @returns those of x, reduce, its bias, expand and its bias, in the weights' shapes; the caller owns them.
 */
export function squeezeExciteGradients(
  backend: WebGPUBackend,
  { x, dy }: { x: tf.TensorInfo; dy: tf.TensorInfo },
  { gate, means, hidden }: GateValues,
  { reduce, expand }: Pick<GateWeights, 'reduce' | 'expand'>,
): tf.TensorInfo[] {
  const inner = hidden.shape[1]!
  const [batch, height, width, channels] = x.shape as [number, number, number, number]
  const sizes = { batch, rows: height * width, channels, inner }
  return undoOnFailure(backend, () => {
    const partials = shareSums(backend, { x, dy }, sizes)
    const [meanSlopes, expandSlopes, reduceSlopes] = dispatchForResults(
      backend,
      {
        name: 'squeezeGateGradient',
        variables: ['partials', 'gate', 'hidden', 'reduce', 'expand'],
        code: gateCode(
          `let open = gate[image * channels + channel];
    let slope = sum * open * (1.0 - open);
    channelValues[channel] = slope;
    expandSlopes[image * channels + channel] = slope;`,
          'expand[row * channels + channel]',
          `let z = hidden[image * inner + row];
      let open = sigmoid(z);
      let slope = product * open * (1.0 + z * (1.0 - open));
      reduceSlopes[image * inner + row] = slope;
      innerValues[row] = slope;`,
          `for (var row = 0; row < inner; row++) { total += innerValues[row] * reduce[channel * inner + row]; }
    result[image * channels + channel] = total / f32(uniforms.rows);`,
        ),
        outputShape: [batch, channels],
        more: [
          { name: 'expandSlopes', shape: [batch, channels] },
          { name: 'reduceSlopes', shape: [batch, inner] },
        ],
        groups: batch,
        groupSize: GROUP,
        uniforms: { rows: sizes.rows, channels, inner, splits: partials.shape[1]! },
      },
      [partials, gate, hidden, reduce, expand],
    ) as [tf.TensorInfo, tf.TensorInfo, tf.TensorInfo]
    backend.disposeData(partials.dataId)
    const dx = scaleChannels(backend, { x: dy, gate, summand: meanSlopes })
    const weights = weightGradients(backend, { means, hidden, expandSlopes, reduceSlopes }, sizes, {
      reduce: reduce.shape,
      expand: expand.shape,
    })
    for (const { dataId } of [meanSlopes, expandSlopes, reduceSlopes]) backend.disposeData(dataId)
    return [dx, ...weights]
  })
}

/** Those of reduce, its bias, expand and its bias: sums over the images, one dispatch. */
function weightGradients(
  backend: WebGPUBackend,
  values: Record<'means' | 'hidden' | 'expandSlopes' | 'reduceSlopes', tf.TensorInfo>,
  { batch, channels, inner }: Sizes,
  shapes: { reduce: number[]; expand: number[] },
): tf.TensorInfo[] {
  return dispatchForResults(
    backend,
    {
      name: 'squeezeWeightGradients',
      variables: Object.keys(values),
      code: `
alias T = f32;
${SIGMOID}
fn main(index : i32) {
  let channels = uniforms.channels;
  let inner = uniforms.inner;
  if (index >= channels * inner) { return; }
  let row = index / channels;
  let channel = index % channels;
  var reduceSum = 0.0;
  var reduceBiasSum = 0.0;
  var expandSum = 0.0;
  var expandBiasSum = 0.0;
  for (var image = 0; image < uniforms.images; image++) {
    let z = hidden[image * inner + row];
    let reduceSlope = reduceSlopes[image * inner + row];
    let expandSlope = expandSlopes[image * channels + channel];
    reduceSum += means[image * channels + channel] * reduceSlope;
    reduceBiasSum += reduceSlope;
    expandSum += z * sigmoid(z) * expandSlope;
    expandBiasSum += expandSlope;
  }
  result[channel * inner + row] = reduceSum;
  dExpand[index] = expandSum;
  if (channel == 0) { dReduceBias[row] = reduceBiasSum; }
  if (row == 0) { dExpandBias[channel] = expandBiasSum; }
}`,
      outputShape: shapes.reduce,
      more: [
        { name: 'dReduceBias', shape: [inner] },
        { name: 'dExpand', shape: shapes.expand },
        { name: 'dExpandBias', shape: [channels] },
      ],
      groups: Math.ceil((channels * inner) / 64),
      uniforms: { channels, inner, images: batch },
    },
    Object.values(values),
  )
}
