import * as tf from '@tensorflow/tfjs-core'
import { layerNormBackward, layerNormForward } from '../../gpu/kernels/layerNormKernels'
import type { BranchFactors } from '../../gpu/kernels/residual'
import { wasmBackend } from '../../gpu/wasm/liveBackend'
import { layerNorm as layerNormOnWasm } from '../../gpu/wasm/norms'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { differentiable, differentiableResults } from './differentiable'
import { addBranch } from './residual'

/**
 * Layer normalisation over the last axis (Ba et al. 2016), biased variance.
 *
 * On WebGPU one dispatch forward and two backward, where plain operations take ten and more.
 *
 * @param x [..., C] float32.
 * @param scale [C]
 * @param shift [C]
 * @param epsilon added to the variance; PyTorch's default is 1e-5, many transformers use 1e-6.
 */
export function layerNorm<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  epsilon = 1e-5,
): T {
  const backend = webGpuBackend()
  if (!backend) return plain(x, scale, shift, epsilon)
  return differentiable<T>(
    [x, scale, shift],
    save => {
      const input = { x, branch: null, factors: null, scale, shift, epsilon }
      const { normed, statistics } = layerNormForward(backend, input)
      save([x, scale, statistics])
      return normed as T
    },
    (dy, saved) => {
      const [input, factor, statistics] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
      const given = { x: input, dy, dx: null, factors: null, scale: factor, statistics }
      const { dx, dScale, dShift } = layerNormBackward(backend, given)
      return [dx, dScale, dShift]
    },
  )
}

/** A residual's part of `residualLayerNorm`. */
export interface Residual<T extends tf.Tensor> {
  x: T
  /** Added to x before the norm; absent: x is normalised as it is. */
  branch?: T
  /** One for each sample of the branch; null or absent: none is scaled. */
  factors?: BranchFactors
}

/**
 * The residual x + factor branch and its layer normalisation, for blocks that need both: the gradients that reach the
 * residual by the norm and past it are joined in the norm's own dispatch.
 *
 * @param residual x [B, ..., C] float32, and a branch of the same shape.
 * @returns `sum`, x itself where there is no branch, and `normed`.
 */
export function residualLayerNorm<T extends tf.Tensor>(
  { x, branch, factors = null }: Residual<T>,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  epsilon = 1e-5,
): { sum: T; normed: T } {
  const backend = webGpuBackend()
  if (!backend) {
    const sum = branch ? addBranch(x, branch, factors) : x
    return { sum, normed: plain(sum, scale, shift, epsilon) }
  }
  const [sum, normed] = differentiableResults<[T, T]>(
    branch ? [x, branch, scale, shift] : [x, scale, shift],
    save => {
      const input = { x, branch: branch ?? null, factors, scale, shift, epsilon }
      const made = layerNormForward(backend, input)
      save([made.sum, scale, made.statistics])
      return [branch ? (made.sum as T) : tf.clone(x), made.normed as T]
    },
    ([dSum, dy], saved) => {
      const [input, factor, statistics] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
      const given = { x: input, dy, dx: dSum, scale: factor, statistics }
      const made = layerNormBackward(backend, { ...given, factors: branch ? factors : null })
      const { dx, dScale, dShift } = made
      return branch ? [dx, made.dBranch ?? tf.clone(dx), dScale, dShift] : [dx, dScale, dShift]
    },
  )
  return { sum, normed }
}

function plain<T extends tf.Tensor>(x: T, scale: tf.Tensor1D, shift: tf.Tensor1D, epsilon: number): T {
  const wasm = wasmBackend()
  const made = wasm && layerNormOnWasm(wasm, x, { scale, shift, epsilon })
  if (made) return tf.engine().makeTensorFromTensorInfo(made) as T
  const mean = tf.mean(x, -1, true)
  const centred = tf.sub(x, mean)
  const variance = tf.mean(tf.square(centred), -1, true)
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), scale), shift) as T
}
