import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import { blendInPlace } from '../gpu/kernels/flatParameters'
import { webGpuBackend } from '../gpu/webgpuBackend'
import type { StoredTensor } from '../models/checkpoint/safetensors'
import { FlatLayout } from '../nn/optimiser/flatLayout'
import type { ParameterStore } from '../nn/parameterStore'

/** A copy of every weight and running statistic of a network, on the device in a few flat tensors. */
export type FlatValues = tf.Tensor1D[]

/** Every weight and running statistic of a network at once: copied, put back, read, restored. */
export class NetworkValues {
  private readonly layout: FlatLayout

  constructor(private readonly parameters: Pick<ParameterStore, 'all'>) {
    this.layout = new FlatLayout(parameters.all())
  }

  /** A copy with memory of its own; the caller disposes it. */
  copy(): FlatValues {
    return this.layout.gather(this.parameters.all().map(({ variable }) => variable))
  }

  /** Gives the network these values, which stay the caller's. */
  assign(values: FlatValues): void {
    const tensors = this.layout.scatter(values)
    this.parameters.all().forEach(({ variable }, i) => {
      variable.assign(tensors[i]!)
    })
    tf.dispose(tensors)
  }

  /** The values with those of some parameters replaced by the network's own; takes ownership. */
  refreshed(values: FlatValues, which: (name: string) => boolean): FlatValues {
    const fresh = tf.tidy(() => {
      const tensors = this.layout.scatter(values)
      return this.layout.gather(
        this.parameters.all().map(({ name, variable }, i) => (which(name) ? variable : tensors[i]!)),
      )
    })
    tf.dispose(values)
    return fresh
  }

  /** Reads values back under `<prefix>/<parameter>`, in memory layout. */
  async read(values: FlatValues, prefix: string): Promise<[string, StoredTensor][]> {
    const parts = this.layout.split((await Promise.all(values.map(flat => flat.data()))) as Float32Array[])
    return this.parameters.all().map(({ name, variable }, i) => {
      return [`${prefix}/${name}`, { shape: variable.shape, data: parts[i]! }]
    })
  }

  /**
   * The way back from `read`; the caller disposes the values.
   *
   * @throws AppError `weights-mismatch` if one is missing or has another shape.
   */
  write(tensors: ReadonlyMap<string, StoredTensor>, prefix: string): FlatValues {
    const parts = this.parameters.all().map(({ name, variable }) => {
      const stored = tensors.get(`${prefix}/${name}`)
      if (stored?.data instanceof Float32Array && stored.shape.join() === variable.shape.join()) {
        return stored.data
      }
      throw new AppError(
        'weights-mismatch',
        `The training checkpoint has no fitting "${prefix}/${name}": it is of another network. Start the training again.`,
      )
    })
    return this.layout.join(parts).map(flat => tf.tensor1d(flat))
  }
}

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
    const now = this.network.copy()
    const { average } = this
    if (!average) {
      this.average = now.map(flat => tf.keep(flat))
      return
    }
    const backend = webGpuBackend()
    if (backend) {
      for (const [i, flat] of average.entries()) blendInPlace(backend, flat, now[i]!, share)
    } else {
      this.replace(now.map((flat, i) => tf.tidy(() => blended(average[i]!, flat, share))))
    }
    tf.dispose(now)
  }

  private replace(average: FlatValues): void {
    this.dispose()
    this.average = average.map(flat => tf.keep(flat))
  }

  /** Takes the network's own values for some parameters: those that were set from outside, not by a step. */
  refresh(which: (name: string) => boolean): void {
    if (this.average) this.average = this.network.refreshed(this.average, which).map(flat => tf.keep(flat))
  }

  /** Gives the network the average; before the first step it changes nothing. */
  apply(): void {
    if (this.average) this.network.assign(this.average)
  }

  /** Runs something with the average as the network's values, then puts its own values back. */
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

  /** Continues from a checkpoint; takes ownership. */
  restore(values: FlatValues, steps: number): void {
    this.replace(values)
    this.count = steps
  }

  dispose(): void {
    if (this.average) tf.dispose(this.average)
    this.average = null
  }
}

function blended(before: tf.Tensor1D, now: tf.Tensor1D, share: number): tf.Tensor1D {
  return tf.add(before, tf.mul(tf.sub(now, before), share))
}
