import * as tf from '@tensorflow/tfjs-core'
import { expect } from 'vitest'
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

/** Coordinates of each input that are moved one by one; larger inputs are sampled. */
const COORDINATES = 24

/** A power of two, so that moving by it rounds little. */
const STEP = 1 / 32

/**
 * The largest difference between the gradients of sum(dy operation(inputs)), dy pseudo-random, and their five-point
 * central differences (error of order step^4), over every input, in some coordinates and in one random direction.
 *
 * @param inputs float32. Where the operation has kinks, none may lie within two steps.
 * @param step how far a coordinate moves; 1/32 by default. An operation linear in each input takes large ones: less rounding.
 */
export async function gradientError(
  operation: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  { step = STEP }: { step?: number } = {},
): Promise<number> {
  const y = operation(...inputs)
  const dy = pseudoRandom(y.size, 99)
  const gradients = tf.grads(operation)(inputs, tf.tensor(dy, y.shape))
  const at = async (input: number, values: Float32Array): Promise<number> => {
    const moved = inputs.map((tensor, i) => (i === input ? tf.tensor(values, tensor.shape) : tensor))
    const result = (await operation(...moved).data()) as Float32Array
    return result.reduce((sum, value, i) => sum + value * dy[i]!, 0)
  }
  let largest = 0
  for (const [i, input] of inputs.entries()) {
    if (gradients[i]!.shape.join() !== input.shape.join()) return Number.POSITIVE_INFINITY
    const values = (await input.data()) as Float32Array
    const analytic = (await gradients[i]!.data()) as Float32Array
    throwIfGpuFailed()
    for (const direction of directions(values.length)) {
      const along = async (steps: number) =>
        at(
          i,
          values.map((value, k) => value + steps * step * direction[k]!),
        )
      const [right, left, farRight, farLeft] = await Promise.all([1, -1, 2, -2].map(along))
      const near = right! - left!
      const far = farRight! - farLeft!
      const slope = analytic.reduce((sum, value, k) => sum + value * direction[k]!, 0)
      const difference = Math.abs(slope - (8 * near - far) / (12 * step))
      if (!(difference <= largest)) largest = difference
    }
  }
  return largest
}

/** Unit vectors, evenly spread over the coordinates, and one random vector. */
function directions(size: number): Float32Array[] {
  const count = Math.min(size, COORDINATES)
  const units = Array.from({ length: count }, (_, i) => {
    const unit = new Float32Array(size)
    unit[Math.floor((i * size) / count)] = 1
    return unit
  })
  const norm = Math.sqrt(size / 3)
  return [...units, pseudoRandom(size, 77).map(value => value / norm)]
}

/**
 * Expects an operation to equal a composition of plain ones, in value and in the gradient of every input under a
 * pseudo-random dy. Only operations whose stock gradients are known to be right may make up the composition.
 */
export async function expectSameGradients(
  operation: (...inputs: tf.Tensor[]) => tf.Tensor,
  composition: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  tolerance: number,
): Promise<void> {
  const y = operation(...inputs)
  expect(await largestDifference(y, await composition(...inputs).data())).toBeLessThan(tolerance)
  const dy = tf.tensor(pseudoRandom(y.size, 99), y.shape)
  const actual = tf.grads(operation)(inputs, dy)
  const expected = tf.grads(composition)(inputs, dy)
  for (const [i, gradient] of actual.entries()) {
    expect(gradient.shape).toEqual(inputs[i]!.shape)
    expect(await largestDifference(gradient, await expected[i]!.data())).toBeLessThan(tolerance)
  }
}
