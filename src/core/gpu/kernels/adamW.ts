import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { runKernel } from './dispatchKernel'

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
