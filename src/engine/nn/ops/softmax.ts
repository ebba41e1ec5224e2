import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { rowMap } from '../../gpu/kernels/elementwise'
import { rowReduction } from '../../gpu/kernels/reductions'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { differentiable } from './differentiable'

/** Longer rows are reduced by plain operations, which share a row among many invocations. */
const LONGEST_ROW = 2048

/**
 * Softmax over the last axis, of any number of rows (the stock kernel corrupts its last element past 65,535).
 *
 * @param x [..., C] float32.
 */
export function softmax<T extends tf.Tensor>(x: T): T {
  // Sound there, and a sixth of the time of its parts, for XNNPACK has vectors of exponentials.
  if (tf.getBackend() === 'wasm') return tf.softmax(x)
  const channels = x.shape[x.rank - 1]!
  // An invocation walks a row alone: few long rows would leave a GPU idle.
  const backend = channels > LONGEST_ROW ? null : webGpuBackend()
  return differentiable<T>(
    [x],
    save => {
      const y = backend ? forward(backend, x) : plain(x)
      save([y])
      return y
    },
    (dy, saved) => [backend ? backward(backend, saved[0]!, dy) : plainGradient(saved[0]!, dy)],
  )
}

function forward<T extends tf.Tensor>(backend: WebGPUBackend, x: T): T {
  const channels = x.shape[x.rank - 1]!
  const kernel = { name: 'softmaxRows', variables: ['x'], code: ROWS, rows: x.size / channels }
  const rows = rowReduction(backend, kernel, [x])
  const expression = 'exp(x[index] - rows[2 * row]) / rows[2 * row + 1]'
  return rowMap<T>(backend, { name: 'softmax', variables: ['x', 'rows'], expression, channels }, [x, rows])
}

/** The maximum and the sum of the exponentials. */
const ROWS = `
  first = x[begin];
  for (var c = 1; c < channels; c++) { first = max(first, x[begin + c]); }
  for (var c = 0; c < channels; c++) { second += exp(x[begin + c] - first); }`

function backward(backend: WebGPUBackend, y: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  const channels = y.shape[y.rank - 1]!
  const code = `
  for (var c = 0; c < channels; c++) { first += y[begin + c] * dy[begin + c]; }`
  const kernel = { name: 'softmaxInner', variables: ['y', 'dy'], code, rows: y.size / channels }
  const inner = rowReduction(backend, kernel, [y, dy])
  const expression = '(dy[index] - inner[2 * row]) * y[index]'
  const variables = ['y', 'dy', 'inner']
  return rowMap(backend, { name: 'softmaxGradient', variables, expression, channels }, [y, dy, inner])
}

function plain<T extends tf.Tensor>(x: T): T {
  const exponentials = tf.exp(tf.sub(x, tf.max(x, -1, true)))
  return tf.div(exponentials, tf.sum(exponentials, -1, true)) as T
}

function plainGradient(y: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  return tf.mul(tf.sub(dy, tf.sum(tf.mul(dy, y), -1, true)), y)
}

/**
 * Logarithm of the softmax over the last axis, shifted by the maximum; of any number of rows.
 *
 * @param x [..., C] float32.
 */
export function logSoftmax<T extends tf.Tensor>(x: T): T {
  return differentiable<T>(
    [x],
    save => {
      const shifted = tf.sub(x, tf.max(x, -1, true))
      const y = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true))) as T
      save([y])
      return y
    },
    (dy, saved) => [tf.sub(dy, tf.mul(tf.exp(saved[0]!), tf.sum(dy, -1, true)))],
  )
}
