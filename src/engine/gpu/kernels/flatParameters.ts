import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { runKernel } from './kernel'

/** The private parts of TensorFlow.js 4.22's backend that record commands; `startEngine`'s tests would miss them. */
interface CommandRecorder {
  commandEncoder: GPUCommandEncoder
  commandQueueOwnedIds: WeakSet<tf.DataId>
}

/**
 * Tensors one after another in one buffer. Copies between buffers, not dispatches: a hundredth of the cost of a kernel
 * for each tensor.
 *
 * @param tensors float32.
 * @returns [sum of the sizes]; the caller owns it.
 */
export function gatherFlat(tensors: readonly tf.Tensor[], backend: WebGPUBackend | null): tf.Tensor1D {
  if (!backend)
    return tf.tidy(() => tf.concat(tensors.map(tensor => tf.reshape(tensor, [-1])))) as tf.Tensor1D
  return tf.tidy(() => {
    const own = tensors.map(tensor => inItsOwnType(backend, tensor))
    const length = tensors.reduce((sum, { size }) => sum + size, 0)
    const flat = empty(backend, [length])
    let at = 0
    for (const tensor of own) {
      copy(backend, tensor, 0, flat, at, tensor.size)
      at += tensor.size
    }
    return flat as tf.Tensor1D
  })
}

/** The way back: a tensor of its own for each shape, in order; the caller owns them. */
export function scatterFlat(
  flat: tf.Tensor1D,
  shapes: readonly (readonly number[])[],
  backend: WebGPUBackend | null,
): tf.Tensor[] {
  let at = 0
  return tf.tidy(() =>
    shapes.map(shape => {
      const size = tf.util.sizeFromShape([...shape])
      const begin = at
      at += size
      if (!backend) return tf.reshape(tf.slice(flat, begin, size), [...shape])
      const tensor = empty(backend, shape)
      copy(backend, flat, begin, tensor, 0, size)
      return tensor
    }),
  )
}

function empty(backend: WebGPUBackend, shape: readonly number[]): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(backend.makeTensorInfo([...shape], 'float32'))
}

/** TensorFlow.js casts integers to float32 without touching the buffer. */
function inItsOwnType(backend: WebGPUBackend, tensor: tf.Tensor): tf.Tensor {
  return backend.tensorMap.get(tensor.dataId).dtype === 'float32' ? tensor : tf.mul(tensor, 1)
}

function copy(
  backend: WebGPUBackend,
  from: tf.Tensor,
  fromIndex: number,
  to: tf.Tensor,
  toIndex: number,
  length: number,
): void {
  if (length === 0) return
  for (const { dataId } of [from, to]) backend.uploadToGPU(dataId)
  const buffer = ({ dataId }: tf.Tensor) => backend.tensorMap.get(dataId).resource as GPUBuffer
  backend.ensureCommandEncoderReady()
  backend.endComputePassEncoder()
  const recorder = backend as unknown as CommandRecorder
  recorder.commandEncoder.copyBufferToBuffer(buffer(from), 4 * fromIndex, buffer(to), 4 * toIndex, 4 * length)
  // Freed ones are not reused before the commands that name them were submitted.
  recorder.commandQueueOwnedIds.add(from.dataId)
  recorder.commandQueueOwnedIds.add(to.dataId)
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

const MOMENTS = `
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let g = gradient[index] * factor[0];
  result[index] = uniforms.beta1 * moments[index] + (1.0 - uniforms.beta1) * g;
  result[uniforms.length + index] =
    uniforms.beta2 * moments[uniforms.length + index] + (1.0 - uniforms.beta2) * g * g;
}`

const WEIGHTS = `
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let root = sqrt(moments[uniforms.length + index]) * uniforms.correction + uniforms.epsilon;
  let kept = weights[index] * select(1.0, uniforms.keep, index < uniforms.decaying);
  result[index] = kept - uniforms.rate * moments[index] / root;
}`

/**
 * First and second moments [2, N] after a gradient [N], in one dispatch.
 *
 * @param factor scalar that the gradient is multiplied by first.
 */
export function adamMoments(
  backend: WebGPUBackend,
  moments: tf.Tensor,
  gradient: tf.Tensor,
  factor: tf.Tensor,
  { beta1, beta2 }: AdamWStep,
): tf.Tensor {
  return runKernel(
    backend,
    {
      name: 'adamMoments',
      variables: ['moments', 'gradient', 'factor'],
      code: MOMENTS,
      outputShape: moments.shape,
      groups: Math.ceil(gradient.size / 64),
      uniforms: { length: gradient.size },
      numbers: { beta1, beta2 },
    },
    [moments, gradient, factor],
  )
}

/** The weights [N] after a step, in one dispatch. */
export function adamWeights(
  backend: WebGPUBackend,
  weights: tf.Tensor,
  moments: tf.Tensor,
  { epsilon, keep, decaying, rate, correction }: AdamWStep,
): tf.Tensor {
  return runKernel(
    backend,
    {
      name: 'adamWeights',
      variables: ['weights', 'moments'],
      code: WEIGHTS,
      outputShape: weights.shape,
      groups: Math.ceil(weights.size / 64),
      uniforms: { length: weights.size, decaying },
      numbers: { epsilon, keep, rate, correction },
    },
    [weights, moments],
  )
}
