import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import { randomStream } from '../../core/foundation/random'
import type { BackendName } from '../../core/rounds/engineInfo'
import { throwIfGpuFailed } from '../gpu/webgpuBackend'

/**
 * TensorFlow.js's backend in JavaScript: none of our kernels, no GPU and no WebAssembly take part. What it gives in the
 * same run, on the same inputs, is the reference of every check.
 */
const REFERENCE: BackendName = 'cpu'

/** Standard normal numbers, always the same. */
export function normals(count: number, ...stream: (string | number)[]): Float32Array {
  return Float32Array.from({ length: count }, randomStream(1, 'selftest', ...stream).normal)
}

/**
 * Computes something on a backend, which is current afterwards, and reads it.
 *
 * @param compute makes all its tensors itself: they belong to a backend.
 */
async function valuesOn(backend: BackendName, compute: () => tf.Tensor[]): Promise<Float32Array[]> {
  await tf.setBackend(backend)
  const tensors = tf.tidy(compute)
  const read = Promise.all(tensors.map(tensor => tensor.data()))
  const values = await read.finally(() => tf.dispose(tensors))
  throwIfGpuFailed()
  return values as Float32Array[]
}

/** Gradients that are all below this are compared as they are, instead of as shares of nothing. */
const SMALLEST_SCALE = 1e-6

/**
 * The largest difference between what a backend and the reference compute, as a share of the largest number of the
 * tensor that it is in.
 *
 * @param as `joined`: of the largest number of all tensors, for gradients of which some are zero but for rounding.
 */
export async function differenceFromReference(
  backend: BackendName,
  compute: () => tf.Tensor[],
  as: 'each' | 'joined' = 'each',
): Promise<number> {
  const expected = await valuesOn(REFERENCE, compute)
  const actual = await valuesOn(backend, compute)
  if (actual.length !== expected.length)
    throw new AppError('internal', 'The backends gave different tensors.')
  const scales = expected.map(largestMagnitude)
  const common = Math.max(...scales)
  return Math.max(
    ...actual.map((values, i) => {
      const scale = as === 'joined' ? common : scales[i]!
      return largestDifference(values, expected[i]!) / Math.max(scale, SMALLEST_SCALE)
    }),
  )
}

function largestMagnitude(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
}

function largestDifference(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!)
    // NaN is no difference that could be small.
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference
  }
  return largest
}
