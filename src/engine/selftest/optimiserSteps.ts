import * as tf from '@tensorflow/tfjs-core'
import { AdamW } from '../nn/optimiser/adamW'
import { GradientSums } from '../nn/optimiser/flatLayout'
import type { Parameter } from '../nn/parameterStore'
import { NetworkValues, WeightAverage } from '../training/networkValues'

/**
 * Two steps of the optimiser over two parameters: each sums two passes' gradients, clips them and moves an average of
 * the weights.
 *
 * @param given two parameters, and a gradient for each.
 * @returns the parameters, then their average.
 */
export function optimiserSteps(...given: tf.Tensor[]): tf.Tensor[] {
  const gradients = given.slice(2)
  const parameters = given.slice(0, 2).map((first, i): Parameter => {
    const variable = tf.variable(first, true)
    return { name: `p${i}`, layout: 'plain', variable, trainable: true, decay: i === 0 }
  })
  const optimiser = new AdamW(parameters)
  const sums = new GradientSums(optimiser.layout)
  const values = new NetworkValues({ all: () => parameters })
  const average = new WeightAverage(values, 0.9)
  try {
    for (let step = 0; step < 2; step++) {
      for (const factor of [1, 0.5 + step]) sums.add(gradients.map(gradient => tf.mul(gradient, factor)))
      const taken = sums.take()
      optimiser.stepFlat(taken, 0.1, 1)
      tf.dispose(taken)
      average.update()
    }
    // Copies with memory of their own: an optimiser's parameters change in place.
    const own = parameters.map(({ variable }) => tf.mul(variable, 1))
    average.apply()
    return [...own, ...parameters.map(({ variable }) => tf.mul(variable, 1))]
  } finally {
    sums.dispose()
    average.dispose()
    optimiser.dispose()
    for (const { variable } of parameters) variable.dispose()
  }
}
