import * as tf from '@tensorflow/tfjs-core'
import { gatherFlat, scatterFlat } from '../../gpu/kernels/flatParameters'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import type { Parameter } from '../parameterStore'

/** Values that one buffer holds at most (32 MiB), unless one parameter alone has more. */
const GROUP_VALUES = 8 * 1024 * 1024

/** Neighbours in one buffer. */
interface Group {
  /** Places in the parameters' own order. */
  members: readonly number[]
  length: number
  /** How many values, from the first on, belong to parameters with `decay`. */
  decaying: number
}

/**
 * How a network's parameters lie in a few large buffers, so that what happens to all of them alike (sums of gradients,
 * moments, averages) is one dispatch a buffer, not one a parameter. Those that decay come first.
 */
export class FlatLayout {
  readonly groups: readonly Group[]
  private readonly shapes: readonly number[][]

  constructor(parameters: readonly Pick<Parameter, 'variable' | 'decay'>[], groupValues = GROUP_VALUES) {
    this.shapes = parameters.map(({ variable }) => variable.shape)
    const places = [...parameters.keys()]
    const ordered = [true, false].flatMap(decay => places.filter(i => parameters[i]!.decay === decay))
    const groups: { members: number[]; length: number; decaying: number }[] = []
    for (const place of ordered) {
      const { variable, decay } = parameters[place]!
      let group = groups[groups.length - 1]
      if (!group || group.length + variable.size > groupValues) {
        group = { members: [], length: 0, decaying: 0 }
        groups.push(group)
      }
      group.members.push(place)
      group.length += variable.size
      if (decay) group.decaying += variable.size
    }
    this.groups = groups
  }

  /**
   * Copies one tensor for each parameter, in the parameters' order, into a flat one for each group.
   *
   * @throws AppError `gpu-limit`, with nothing allocated.
   */
  gather(tensors: readonly tf.Tensor[]): tf.Tensor1D[] {
    const backend = webGpuBackend()
    return tf.tidy(() =>
      this.groups.map(({ members }) =>
        gatherFlat(
          members.map(place => tensors[place]!),
          backend,
        ),
      ),
    )
  }

  /** The way back; the caller owns the tensors. */
  scatter(flats: readonly tf.Tensor1D[]): tf.Tensor[] {
    const backend = webGpuBackend()
    return tf.tidy(() => {
      const tensors: tf.Tensor[] = []
      for (const [i, { members }] of this.groups.entries()) {
        const shapes = members.map(place => this.shapes[place]!)
        const scattered = scatterFlat(flats[i]!, shapes, backend)
        for (const [k, place] of members.entries()) tensors[place] = scattered[k]!
      }
      return tensors
    })
  }

  /** Values of flat arrays for each parameter, in the parameters' order: `scatter` for what was read back. */
  split(flats: readonly Float32Array[]): Float32Array[] {
    const parts: Float32Array[] = []
    for (const [i, { members }] of this.groups.entries()) {
      let at = 0
      for (const place of members) {
        const size = tf.util.sizeFromShape(this.shapes[place]!)
        parts[place] = flats[i]!.subarray(at, at + size)
        at += size
      }
    }
    return parts
  }

  /** The way back from `split`. */
  join(parts: readonly Float32Array[]): Float32Array[] {
    return this.groups.map(({ members, length }) => {
      const flat = new Float32Array(length)
      let at = 0
      for (const place of members) {
        flat.set(parts[place]!, at)
        at += parts[place]!.length
      }
      return flat
    })
  }
}

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

  /** Hands the sums to the caller and starts again from zero; throws if nothing was added. */
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
