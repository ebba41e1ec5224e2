import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { StoredTensor } from '../models/checkpoint/safetensors'

/** A stored NCHW map as an NHWC tensor. */
export function toNhwc({ shape, data }: StoredTensor): Tensor4D {
  return tf.tidy(() =>
    tf.transpose(tf.tensor4d(data as Float32Array, shape as Tensor4D['shape']), [0, 2, 3, 1]),
  )
}

/** Largest absolute difference between an NHWC map and a stored NCHW one; throws where the shapes differ. */
export async function largestError(map: Tensor4D, expected: StoredTensor): Promise<number> {
  const nchw = tf.tidy(() => tf.transpose(map, [0, 3, 1, 2]))
  if (nchw.shape.join() !== expected.shape.join())
    throw new Error(`[${nchw.shape}] is not [${expected.shape}]`)
  const values = await nchw.data()
  nchw.dispose()
  let largest = 0
  for (let i = 0; i < values.length; i++) {
    const error = Math.abs(values[i]! - Number(expected.data[i]!))
    if (!(error <= largest)) largest = error
  }
  return largest
}
