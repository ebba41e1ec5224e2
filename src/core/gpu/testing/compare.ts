import type * as tf from '@tensorflow/tfjs-core'
import { throwIfGpuFailed } from '../webgpuBackend'

/** The largest absolute difference between a tensor and expected numbers; infinite where the sizes differ. */
export async function largestDifference(actual: tf.Tensor, expected: ArrayLike<number>): Promise<number> {
  const values = await actual.data()
  throwIfGpuFailed()
  if (values.length !== expected.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let i = 0; i < values.length; i++) {
    const difference = Math.abs(values[i]! - expected[i]!)
    if (!(difference <= largest)) largest = difference
  }
  return largest
}

/** Numbers in [-1, 1) that look random and are always the same (a linear congruential generator). */
export function pseudoRandom(count: number, seed = 1): Float32Array {
  let state = seed >>> 0
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2147483648 - 1
  })
}
