import * as tf from '@tensorflow/tfjs-core'
import type { Parameter } from './parameterStore'

/**
 * Evaluates a scalar function of parameters and its gradients; what f made meanwhile is freed, even if it throws.
 *
 * @param f the loss; assignments to variables inside it (running statistics) are kept.
 * @returns the value and one gradient per parameter, in their order and shapes (zeros where the value does not depend
 *   on a parameter). The caller disposes them.
 */
export function valueAndGradients(
  f: () => tf.Scalar,
  parameters: readonly Parameter[],
): { value: tf.Scalar; gradients: tf.Tensor[] } {
  return tf.tidy(() => {
    const variables = parameters.map(parameter => parameter.variable)
    const { value, grads } = tf.engine().gradients(f, variables, undefined, true)
    const gradients = variables.map((variable, i) => grads[i] ?? tf.zeros(variable.shape))
    return { value, gradients }
  })
}
