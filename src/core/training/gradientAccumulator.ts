import * as tf from '@tensorflow/tfjs-core'

/** Sums the gradients of several passes on the device. */
export interface GradientAccumulator {
  /** Takes ownership of the gradients. */
  add(gradients: tf.Tensor[]): void
  /** Hands the sums over to the caller and begins anew; throws if nothing was added. */
  take(): tf.Tensor[]
  dispose(): void
}

export function createGradientAccumulator(): GradientAccumulator {
  let sums: tf.Tensor[] | null = null
  return {
    add(gradients) {
      if (!sums) {
        sums = gradients
        return
      }
      const before = sums
      try {
        sums = tf.tidy(() => gradients.map((gradient, i) => tf.add(before[i]!, gradient)))
        tf.dispose(before)
      } finally {
        tf.dispose(gradients)
      }
    },
    take() {
      if (!sums) throw new RangeError('No gradients were accumulated.')
      const taken = sums
      sums = null
      return taken
    },
    dispose() {
      if (sums) tf.dispose(sums)
      sums = null
    },
  }
}
