import * as tf from '@tensorflow/tfjs-core'
import { expect } from 'vitest'
import { largestDifference, pseudoRandom } from './compare'

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
