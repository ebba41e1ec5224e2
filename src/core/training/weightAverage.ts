import * as tf from '@tensorflow/tfjs-core'
import type { FlatValues, NetworkValues } from './networkValues'

/**
 * Exponential moving average of a network's weights and running statistics.
 *
 * After step t it is the mean of the values after steps 1..t, weighted by decay^(t - k): corrected for its start, so
 * that it is the weights themselves after the first step and no seeded weight lingers. Running statistics are averaged
 * too (as timm and torchvision do): they then describe about the same span of steps as the weights.
 */
export class WeightAverage {
  private average: FlatValues | null = null
  private count = 0

  /** @param decay above 0, below 1. */
  constructor(
    private readonly network: NetworkValues,
    private readonly decay: number,
  ) {}

  /** Steps averaged so far. */
  get steps(): number {
    return this.count
  }

  /** Takes the network's values after a step in. */
  update(): void {
    this.count++
    const share = (1 - this.decay) / (1 - this.decay ** this.count)
    const before = this.average
    this.average = tf
      .tidy(() => {
        const now = this.network.copy()
        if (!before) return now
        return now.map((flat, i) => tf.add(tf.mul(before[i]!, 1 - share), tf.mul(flat, share)) as tf.Tensor1D)
      })
      .map(flat => tf.keep(flat))
    if (before) tf.dispose(before)
  }

  /** Takes the network's own values for some parameters: those that were set from outside, not by a step. */
  refresh(which: (name: string) => boolean): void {
    if (this.average) this.average = this.network.refreshed(this.average, which).map(flat => tf.keep(flat))
  }

  /** Gives the network the average; before the first step it changes nothing. */
  apply(): void {
    if (this.average) this.network.assign(this.average)
  }

  /** Runs something with the average in the network's place, then puts its own values back. */
  async applied<T>(run: () => Promise<T>): Promise<T> {
    const own = this.network.copy()
    this.apply()
    try {
      return await run()
    } finally {
      this.network.assign(own)
      tf.dispose(own)
    }
  }

  /** For a checkpoint; null before the first step. */
  values(): FlatValues | null {
    return this.average
  }

  /** Goes on from a checkpoint; takes ownership. */
  restore(values: FlatValues, steps: number): void {
    this.dispose()
    this.average = values.map(flat => tf.keep(flat))
    this.count = steps
  }

  dispose(): void {
    if (this.average) tf.dispose(this.average)
    this.average = null
  }
}
