import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { copyValues } from '../bufferSlices'
import { dispatchForResults, dispatchKernel } from './kernel'
import { LANES, tiling } from './tiling'

/**
 * Copies tensors to their places in a flat one. Copies between buffers, not dispatches.
 *
 * @param starts where each goes, in values.
 */
export function copyToFlat(
  backend: WebGPUBackend,
  tensors: readonly tf.Tensor[],
  flat: tf.Tensor1D,
  starts: readonly number[],
): void {
  for (const [i, tensor] of tensors.entries()) {
    const own = inItsOwnType(backend, tensor)
    copyValues(backend, own.dataId, 0, flat.dataId, starts[i]!, tensor.size)
    if (own !== tensor) own.dispose()
  }
}

/** The way back: a tensor of its own for each shape; the caller owns them. */
export function copyFromFlat(
  backend: WebGPUBackend,
  flat: tf.Tensor1D,
  shapes: readonly number[][],
  starts: readonly number[],
): tf.Tensor[] {
  return tf.tidy(() =>
    shapes.map((shape, i) => {
      const tensor = emptyTensor(backend, shape)
      copyValues(backend, flat.dataId, starts[i]!, tensor.dataId, 0, tensor.size)
      return tensor
    }),
  )
}

/** Float32 values that are not set. */
export function emptyTensor<T extends tf.Tensor>(backend: WebGPUBackend, shape: readonly number[]): T {
  return tf.engine().makeTensorFromTensorInfo(backend.makeTensorInfo([...shape], 'float32')) as T
}

/** TensorFlow.js casts integers to float32 without touching the buffer. */
function inItsOwnType(backend: WebGPUBackend, tensor: tf.Tensor): tf.Tensor {
  return backend.tensorMap.get(tensor.dataId).dtype === 'float32' ? tensor : tf.mul(tensor, 1)
}

/** How many tensors one dispatch adds: every device's shaders see eight buffers. */
const ADDED = 7

/** Adds tensors to their places in a flat one, in place, a few in one dispatch. */
export function addToFlat(
  backend: WebGPUBackend,
  tensors: readonly tf.Tensor[],
  flat: tf.Tensor1D,
  starts: readonly number[],
): void {
  for (let first = 0; first < tensors.length; first += ADDED) {
    const part = tensors.slice(first, first + ADDED)
    const uniforms: Record<string, number> = {}
    let end = 0
    const cases = part.map((tensor, i) => {
      uniforms[`start${i}`] = starts[first + i]! - end
      end += tensor.size
      uniforms[`end${i}`] = end
      const [before, place] = [i === 0 ? '0' : `uniforms.end${i - 1}`, `uniforms.start${i} + index`]
      return `if (index < uniforms.end${i}) { result[${place}] += x${i}[index - ${before}]; }`
    })
    dispatchKernel(
      backend,
      {
        name: 'addToFlat',
        variables: part.map((_, i) => `x${i}`),
        code: `fn main(index : i32) {\n  ${cases.join('\n  else ')}\n}`,
        outputShape: flat.shape,
        into: flat,
        groups: Math.ceil(end / 64),
        uniforms,
      },
      // Of one rank, so that one program serves all.
      part.map(({ dataId, size, dtype }) => ({ dataId, shape: [size], dtype })),
    )
  }
}

export interface AdamWStep {
  beta1: number
  beta2: number
  epsilon: number
  /** 1 - learning rate x weight decay. */
  keep: number
  /** How many weights, from the first on, decay. */
  decaying: number
  /** learning rate / (1 - beta1^t) */
  rate: number
  /** 1 / sqrt(1 - beta2^t) */
  correction: number
}

const ADAMW = (clipped: boolean) => `
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let g = gradient[index]${clipped ? ' * factor[0]' : ''};
  let m = uniforms.beta1 * moments[index] + (1.0 - uniforms.beta1) * g;
  let v = uniforms.beta2 * moments[uniforms.length + index] + (1.0 - uniforms.beta2) * g * g;
  moments[index] = m;
  moments[uniforms.length + index] = v;
  let root = sqrt(v) * uniforms.correction + uniforms.epsilon;
  let kept = result[index] * select(1.0, uniforms.keep, index < uniforms.decaying);
  result[index] = kept - uniforms.rate * m / root;
}`

/**
 * One step of weights [N] and their moments [2, N], in place, in one dispatch.
 *
 * @param factor scalar that the gradient is multiplied by first; null: 1.
 */
export function adamWInPlace(
  backend: WebGPUBackend,
  weights: tf.Tensor,
  moments: tf.Tensor,
  gradient: tf.Tensor,
  factor: tf.Tensor | null,
  { decaying, ...numbers }: AdamWStep,
): void {
  dispatchForResults(
    backend,
    {
      name: 'adamW',
      variables: ['gradient', ...(factor ? ['factor'] : [])],
      code: ADAMW(factor !== null),
      outputShape: weights.shape,
      into: weights,
      more: [{ name: 'moments', shape: moments.shape, into: moments }],
      groups: Math.ceil(gradient.size / 64),
      uniforms: { length: gradient.size, decaying },
      numbers: { ...numbers },
    },
    [gradient, ...(factor ? [factor] : [])],
  )
}

/** values += share x (now - values), in place: a step of an exponential average. */
export function blendInPlace(
  backend: WebGPUBackend,
  values: tf.Tensor1D,
  now: tf.Tensor1D,
  share: number,
): void {
  dispatchKernel(
    backend,
    {
      name: 'blend',
      variables: ['now'],
      code: `
fn main(index : i32) {
  if (index < uniforms.length) { result[index] += uniforms.share * (now[index] - result[index]); }
}`,
      outputShape: values.shape,
      into: values,
      groups: Math.ceil(values.size / 64),
      uniforms: { length: values.size },
      numbers: { share },
    },
    [now],
  )
}

/** A sum of 256 numbers by halving, always in the same order; the first invocation has it. */
const HALVING = `
var<workgroup> sums : array<f32, ${LANES}>;
fn sumOfGroup(lane : i32, own : f32) -> f32 {
  sums[lane] = own;
  workgroupBarrier();
  for (var half = ${LANES / 2}; half > 0; half /= 2) {
    if (lane < half) { sums[lane] += sums[lane + half]; }
    workgroupBarrier();
  }
  return sums[0];
}`

const SQUARES = `${HALVING}
fn main(index : i32) {
  let lane = index % ${LANES};
  let tile = index / ${LANES};
  var total = 0.0;
  for (var round = 0; round < uniforms.rounds; round++) {
    let i = (tile * uniforms.rounds + round) * ${LANES} + lane;
    if (i < uniforms.length) { total += gradient[i] * gradient[i]; }
  }
  let sum = sumOfGroup(lane, total);
  if (lane == 0) { result[uniforms.first + tile] = sum; }
}`

const FACTOR = `${HALVING}
fn main(index : i32) {
  let lane = index % ${LANES};
  var total = 0.0;
  for (var i = lane; i < uniforms.length; i += ${LANES}) { total += squares[i]; }
  let length = sqrt(sumOfGroup(lane, total));
  if (lane == 0) {
    result[0] = min(uniforms.maxNorm / (length + 1e-6), 1.0);
    norm[0] = length;
  }
}`

/**
 * What flat gradients are multiplied by so that their common norm is at most `maxNorm`, and the norm: a dispatch for
 * each tensor and one for all.
 */
export function clipFlat(
  backend: WebGPUBackend,
  gradients: readonly tf.Tensor[],
  maxNorm: number,
): { factor: tf.Scalar; norm: tf.Scalar } {
  return tf.tidy(() => {
    const cuts = gradients.map(({ size }) => tiling(size))
    const partials = cuts.reduce((sum, { tiles }) => sum + tiles, 0)
    const squares = emptyTensor<tf.Tensor1D>(backend, [partials])
    let first = 0
    for (const [i, gradient] of gradients.entries()) {
      const { tiles, rounds } = cuts[i]!
      dispatchKernel(
        backend,
        {
          name: 'squares',
          variables: ['gradient'],
          code: SQUARES,
          outputShape: [partials],
          into: squares,
          groups: tiles,
          groupSize: LANES,
          uniforms: { length: gradient.size, rounds, first },
        },
        [{ dataId: gradient.dataId, shape: [gradient.size], dtype: gradient.dtype }],
      )
      first += tiles
    }
    const [factor, norm] = dispatchForResults(
      backend,
      {
        name: 'clipFactor',
        variables: ['squares'],
        code: FACTOR,
        outputShape: [],
        more: [{ name: 'norm', shape: [] }],
        groups: 1,
        groupSize: LANES,
        uniforms: { length: partials },
        numbers: { maxNorm },
      },
      [squares],
    ).map(info => tf.engine().makeTensorFromTensorInfo(info) as tf.Scalar)
    return { factor: factor!, norm: norm! }
  })
}
