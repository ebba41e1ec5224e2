import * as tf from '@tensorflow/tfjs-core'
import type { FlatLayout } from './flatLayout'

/** Sums the gradients of several passes on the device, in the flat layout. */
export class GradientSums {
  private sums: tf.Tensor1D[] | null = null

  constructor(private readonly layout: FlatLayout) {}

  /** Takes ownership of the gradients, one for each parameter. */
  add(gradients: readonly tf.Tensor[]): void {
    try {
      const before = this.sums
      const sums = tf.tidy(() => {
        const flats = this.layout.gather(gradients)
        return before ? flats.map((flat, i) => tf.add(before[i]!, flat) as tf.Tensor1D) : flats
      })
      this.sums = sums.map(sum => tf.keep(sum))
      if (before) tf.dispose(before)
    } finally {
      tf.dispose([...gradients])
    }
  }

  /** Hands the sums over to the caller and begins anew; throws if nothing was added. */
  take(): tf.Tensor1D[] {
    if (!this.sums) throw new RangeError('No gradients were accumulated.')
    const taken = this.sums
    this.sums = null
    return taken
  }

  dispose(): void {
    if (this.sums) tf.dispose(this.sums)
    this.sums = null
  }
}
