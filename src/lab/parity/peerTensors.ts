import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import type { StoredTensor } from '../../engine/models/checkpoint/safetensors'
import type { ParityCase } from './parityCase'

/** A stored NCHW map as an NHWC tensor. */
export function toNhwc({ shape, data }: StoredTensor): Tensor4D {
  return tf.tidy(() =>
    tf.transpose(tf.tensor4d(data as Float32Array, shape as Tensor4D['shape']), [0, 2, 3, 1]),
  )
}

/**
 * Largest absolute difference between a tensor of ours and a stored one, whose axes ours is brought to: maps
 * [B, H, W, C] to NCHW, unless the layout says NHWC, and to tokens [B, H W, C] where the peer keeps no grid.
 *
 * @param layout as the case's row states it; NCHW by default.
 * @returns NaN where a difference is one.
 * @throws AppError `shape-mismatch` with both shapes.
 */
export async function largestError(ours: Tensor, expected: StoredTensor, layout = 'NCHW'): Promise<number> {
  const aligned = tf.tidy(() => inPeersAxes(ours, expected.shape.length, layout).clone())
  try {
    if (aligned.shape.join() !== expected.shape.join())
      throw new AppError('shape-mismatch', `Ours is [${aligned.shape}], the peer's [${expected.shape}].`)
    return largestDifference(await aligned.data(), expected.data)
  } finally {
    aligned.dispose()
  }
}

/** NaN where a difference is one: a NaN must never pass as within a tolerance. */
export function largestDifference(ours: ArrayLike<number>, expected: ArrayLike<number | bigint>): number {
  let largest = 0
  for (let i = 0; i < ours.length; i++) {
    const error = Math.abs(ours[i]! - Number(expected[i]!))
    if (Number.isNaN(error)) return Number.NaN
    if (error > largest) largest = error
  }
  return largest
}

function inPeersAxes(ours: Tensor, rank: number, layout: string): Tensor {
  if (ours.rank !== 4) return ours
  const [batch, height, width, channels] = ours.shape as Tensor4D['shape']
  if (rank === 3) return tf.reshape(ours, [batch, height * width, channels])
  return layout.includes('NHWC') ? ours : tf.transpose(ours, [0, 3, 1, 2])
}

/** A stored tensor with its axes unchanged: integers as int32, everything else as float32. */
export function toTensor({ data, shape }: StoredTensor): Tensor {
  if (data instanceof Int32Array) return tf.tensor(data, shape, 'int32')
  if (data instanceof Uint8Array) return tf.tensor(Int32Array.from(data), shape, 'int32')
  return tf.tensor(Float32Array.from(data, Number), shape, 'float32')
}

/** @throws AppError `model-invalid` if the case's file does not hold the tensor. */
export function storedIn(
  tensors: ReadonlyMap<string, StoredTensor>,
  name: string,
  { name: parity }: ParityCase,
): StoredTensor {
  const tensor = tensors.get(name)
  if (tensor) return tensor
  throw new AppError('model-invalid', `${parity}: there is no tensor "${name}" in its files.`)
}

/** Why nothing that takes a gradient can be compared on the current backend; null where it can. */
export function whyNoGradients(): string | null {
  return tf.getBackend() === 'wasm' ? 'WASM has no gradients: choose webgpu or cpu.' : null
}
