import * as tf from '@tensorflow/tfjs-core'
import type { ParameterStore } from '../nn/parameterStore'

/** A copy of every weight and running statistic on the device, for going back to the best step. */
export interface WeightSnapshot {
  restore(): void
  dispose(): void
}

export function takeWeightSnapshot(parameters: ParameterStore): WeightSnapshot {
  // Times 1 makes buffers of their own: a clone would share them with an optimiser that writes in place.
  const copies = tf.tidy(() => parameters.all().map(({ variable }) => tf.mul(variable, 1)))
  return {
    restore() {
      parameters.all().forEach((parameter, i) => {
        tf.tidy(() => parameter.variable.assign(tf.mul(copies[i]!, 1)))
      })
    },
    dispose: () => tf.dispose(copies),
  }
}
