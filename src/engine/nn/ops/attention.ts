import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { type AttentionShape, attentionBackward, attentionForward } from '../../gpu/kernels/attentionKernels'
import { takesHeads } from '../../gpu/kernels/headRegisters'
import { rollOnWasm } from '../../gpu/wasm/replaceKernels'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { differentiable } from './differentiable'
import { softmax } from './softmax'

/**
 * Scaled dot-product attention: softmax(q k^T / sqrt(d) + bias) v (Vaswani et al. 2017).
 *
 * @param q [..., N, d]
 * @param k [..., M, d]
 * @param v [..., M, d]
 * @param addBias adds to the scores [..., N, M] before the softmax: position biases, masks.
 * @returns [..., N, d]
 */
export function attention<T extends tf.Tensor>(q: T, k: T, v: T, addBias?: (scores: T) => T): T {
  const scaled = tf.mul(q, q.shape[q.rank - 1]! ** -0.5)
  const scores = tf.matMul(scaled, k, false, true) as T
  return tf.matMul(softmax(addBias ? addBias(scores) : scores), v) as T
}

/**
 * The same without a bias, for maps whose channels are the heads', one after another. On a GPU one dispatch forward and
 * four backward, which keep no scores.
 *
 * @param q [B, H, W, C] float32.
 * @param k, v [B, h, w, C], of any size.
 * @param heads divides C.
 * @returns [B, H, W, C]
 */
export function multiHeadAttention(q: Tensor4D, k: Tensor4D, v: Tensor4D, heads: number): Tensor4D {
  const [batch, , , channels] = q.shape
  const [queries, keys] = [q, k].map(map => map.shape[1] * map.shape[2]) as [number, number]
  const headSize = channels / heads
  const backend = webGpuBackend()
  return backend && takesHeads(backend, headSize)
    ? fused(backend, { batch, queries, keys, heads, headSize }, q, k, v)
    : mergeHeads(attention(splitHeads(q, heads), splitHeads(k, heads), splitHeads(v, heads)), q.shape)
}

function fused(
  backend: WebGPUBackend,
  shape: AttentionShape,
  q: Tensor4D,
  k: Tensor4D,
  v: Tensor4D,
): Tensor4D {
  const tensorOf = (info: tf.TensorInfo | undefined, { shape }: Pick<tf.Tensor, 'shape'>) =>
    tf.engine().makeTensorFromTensorInfo({ ...info!, shape })
  return differentiable<Tensor4D>(
    [q, k, v],
    save => {
      const [output, logarithms] = attentionForward(backend, shape, [q, k, v])
      const y = tensorOf(output, q) as Tensor4D
      const normalisers = tensorOf(logarithms, logarithms!)
      save([q, k, v, y, normalisers])
      return y
    },
    (dy, saved) => {
      const [ownQ, ownK, ownV, y, normalisers] = saved as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ]
      const [dq, dk, dv] = attentionBackward(backend, shape, [ownQ, ownK, ownV, y, normalisers, dy])
      return [tensorOf(dq, ownQ), tensorOf(dk, ownK), tensorOf(dv, ownV)]
    },
  )
}

/** [B, H, W, C] -> [B, heads, H W, C / heads]; one head needs no transpose: [B, H W, C]. */
function splitHeads(x: Tensor4D, heads: number): tf.Tensor {
  const [batch, height, width, channels] = x.shape
  if (heads === 1) return tf.reshape(x, [batch, height * width, channels])
  return tf.transpose(tf.reshape(x, [batch, height * width, heads, channels / heads]), [0, 2, 1, 3])
}

function mergeHeads(context: tf.Tensor, shape: Tensor4D['shape']): Tensor4D {
  return tf.reshape(context.rank === 3 ? context : tf.transpose(context, [0, 2, 1, 3]), shape)
}

/**
 * Cyclic shift of both spatial axes: y[i, j] = x[(i - rows) mod H, (j - columns) mod W], as `torch.roll`.
 *
 * @param x [B, H, W, C].
 */
export function roll(x: Tensor4D, rows: number, columns: number): Tensor4D {
  if (tf.getBackend() === 'wasm') return rollOnWasm(x, rows, columns)
  return differentiable<Tensor4D>(
    [x],
    () => shift(shift(x, 1, rows), 2, columns),
    dy => [shift(shift(dy, 1, -rows), 2, -columns)],
  )
}

function shift(x: Tensor4D, axis: 1 | 2, by: number): Tensor4D {
  const length = x.shape[axis]
  const head = (((length - by) % length) + length) % length
  if (head === 0) return x
  const [front, back] = tf.split(x, [head, length - head], axis) as [Tensor4D, Tensor4D]
  return tf.concat([back, front], axis)
}
