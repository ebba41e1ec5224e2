import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../foundation/appError'
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
        `The training checkpoint has no fitting "${prefix}/${name}": it is of another network. Begin the training anew.`,
      )
    })
    return this.layout.join(parts).map(flat => tf.tensor1d(flat))
  }
}
