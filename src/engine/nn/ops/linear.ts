import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { matMul, weightGradient } from '../../gpu/kernels/matMul'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { gelu } from './activations'
import { type GivenNormalisation, refuseGradient } from './batchNorm'
import { differentiable, slopeSoFar } from './differentiable'

export interface LinearOptions {
  /** [out], added to every row. */
  bias?: tf.Tensor1D
  /**
   * 'gelu' for gelu(x) W + b. It is computed as x is read, and again for the gradients: a tensor of the activated values,
   * often the widest of a block, never exists.
   */
  activation?: 'gelu'
}

/**
 * Affine map of the last axis. A row's result does not depend on the other rows, to the last bit.
 *
 * On WebGPU one dispatch forward; backward one for x, activation included, and two for weight and bias together.
 *
 * @param x [..., in] float32.
 * @param weight [in, out].
 * @returns [..., out].
 */
export function linear<T extends tf.Tensor>(x: T, weight: tf.Tensor2D, options: LinearOptions = {}): T {
  const backend = webGpuBackend()
  return backend ? fused(backend, x, weight, options) : plain(x, weight, options)
}

function plain<T extends tf.Tensor>(x: T, weight: tf.Tensor2D, { bias, activation }: LinearOptions): T {
  const rows = tf.reshape(activation ? gelu(x) : x, [-1, weight.shape[0]]) as tf.Tensor2D
  const y = product(rows, weight, bias)
  return tf.reshape(y, [...x.shape.slice(0, -1), weight.shape[1]]) as T
}

function product(rows: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D | undefined): tf.Tensor {
  if (!bias) return tf.matMul(rows, weight)
  // XNNPACK starts its sums at the bias. Nothing is trained there, where the gradient would add it apart anyway.
  if (tf.getBackend() === 'wasm') return tf.fused.matMul({ a: rows, b: weight, bias: wasmBias(bias) })
  return tf.add(tf.matMul(rows, weight), bias)
}

/** A bias as kernels on WASM take it: they ask what shape the values had when they were made, which may have been another. */
export function wasmBias(bias: tf.Tensor1D): tf.Tensor1D {
  return tf.slice1d(tf.reshape(bias, [-1]) as tf.Tensor1D, 0, bias.size)
}

function fused<T extends tf.Tensor>(
  backend: WebGPUBackend,
  x: T,
  weight: tf.Tensor2D,
  { bias, activation }: LinearOptions,
): T {
  const [input, out] = weight.shape
  const rows = x.size / input
  const { shape } = x
  const one = { batch: 1, strideA: 0, strideB: 0, rows, transposeA: false }
  const tensor = (info: tf.TensorInfo, as: number[]) =>
    tf.engine().makeTensorFromTensorInfo({ ...info, shape: as })
  return differentiable<T>(
    bias ? [x, weight, bias] : [x, weight],
    save => {
      save([x, weight])
      const sizes = { ...one, inner: input, columns: out, transposeB: false }
      const y = matMul(backend, x, weight, sizes, { activation, activated: true, bias })
      return tensor(y, [...shape.slice(0, -1), out]) as T
    },
    (dy, saved) => {
      const [before, factor] = saved as [tf.Tensor, tf.Tensor]
      const sizes = { ...one, inner: out, columns: input, transposeB: true }
      const activationOf = activation && before
      const addend = slopeSoFar(0) ?? undefined
      const dx = tensor(matMul(backend, dy, factor, sizes, { activation, activationOf, addend }), shape)
      const given = { activation, bias: bias !== undefined }
      const made = weightGradient(backend, before, dy, { rows, in: input, out }, given)
      const slopes = [dx, tensor(made.weight, [input, out])]
      return made.bias ? [...slopes, tensor(made.bias, [out])] : slopes
    },
  )
}

/**
 * A linear map and a batch normalisation with given statistics, on WebGPU in one dispatch with the bits of two; it has no
 * gradient.
 *
 * @param x [..., in] float32.
 * @param weight [in, out].
 * @returns [..., out].
 */
export function normalisedLinear<T extends tf.Tensor>(
  backend: WebGPUBackend,
  x: T,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D | undefined,
  { scale, shift, mean, variance, epsilon, activation, residual }: GivenNormalisation,
): T {
  const [input, out] = weight.shape
  const sizes = { batch: 1, strideA: 0, strideB: 0, rows: x.size / input, inner: input, columns: out }
  const vectors = [scale, shift, mean, variance]
  return differentiable<T>(
    [x, weight, ...vectors, ...(bias ? [bias] : []), ...(residual ? [residual] : [])],
    () => {
      const shape = { ...sizes, transposeA: false, transposeB: false }
      const y = matMul(backend, x, weight, shape, {
        activation,
        bias,
        normalisation: { vectors, epsilon, residual },
      })
      return tf.engine().makeTensorFromTensorInfo({ ...y, shape: [...x.shape.slice(0, -1), out] }) as T
    },
    refuseGradient,
  )
}
