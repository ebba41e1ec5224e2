import * as tf from '@tensorflow/tfjs-core'
import { zeroTensor } from '../../gpu/bufferSlices'
import { addToFlat, copyFromFlat, copyToFlat, emptyTensor } from '../../gpu/kernels/flatParameters'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import type { Parameter } from '../parameterStore'

/** Values that one buffer holds at most (32 MiB), unless one parameter alone has more. */
const GROUP_VALUES = 8 * 1024 * 1024

/** Neighbours in one buffer. */
interface Group {
  /** Places in the parameters' own order. */
  members: readonly number[]
  /** Where the values of each begin. */
  starts: readonly number[]
  /** Values, gaps before aligned starts included. */
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

  /** @param alignment every parameter starts at a multiple of it. */
  constructor(
    parameters: readonly Pick<Parameter, 'variable' | 'decay'>[],
    groupValues = GROUP_VALUES,
    alignment = 1,
  ) {
    this.shapes = parameters.map(({ variable }) => variable.shape)
    const places = [...parameters.keys()]
    const ordered = [true, false].flatMap(decay => places.filter(i => parameters[i]!.decay === decay))
    const groups: { members: number[]; starts: number[]; length: number; decaying: number }[] = []
    for (const place of ordered) {
      const { variable, decay } = parameters[place]!
      let group = groups[groups.length - 1]
      if (!group || aligned(group.length, alignment) + variable.size > groupValues) {
        group = { members: [], starts: [], length: 0, decaying: 0 }
        groups.push(group)
      }
      const start = aligned(group.length, alignment)
      group.members.push(place)
      group.starts.push(start)
      group.length = start + variable.size
      if (decay) group.decaying = group.length
    }
    this.groups = groups
  }

  /**
   * Copies one tensor for each parameter, in the parameters' order, into a flat one for each group; gaps hold zeros.
   *
   * @throws AppError `gpu-limit`, with nothing allocated.
   */
  gather(tensors: readonly tf.Tensor[]): tf.Tensor1D[] {
    const backend = webGpuBackend()
    return tf.tidy(() =>
      this.groups.map(group => {
        if (!backend) return joinTensors(tensors, group)
        const { members, starts, length } = group
        const own = members.map(place => tensors[place]!)
        const gaps = own.some(({ size }, i) => starts[i]! + size < (starts[i + 1] ?? length))
        const make = gaps ? zeroTensor : emptyTensor
        const flat = make<tf.Tensor1D>(backend, [length])
        copyToFlat(backend, own, flat, starts)
        return flat
      }),
    )
  }

  /** Adds one tensor for each parameter to flat ones, in place; only on WebGPU. */
  addTo(flats: readonly tf.Tensor1D[], tensors: readonly tf.Tensor[]): void {
    const backend = webGpuBackend()!
    for (const [i, { members, starts }] of this.groups.entries()) {
      const own = members.map(place => tensors[place]!)
      addToFlat(backend, own, flats[i]!, starts)
    }
  }

  /** The way back; the caller owns the tensors. */
  scatter(flats: readonly tf.Tensor1D[]): tf.Tensor[] {
    const backend = webGpuBackend()
    return tf.tidy(() => {
      const tensors: tf.Tensor[] = []
      for (const [i, { members, starts }] of this.groups.entries()) {
        const flat = flats[i]!
        const shapes = members.map(place => this.shapes[place]!)
        const own = backend
          ? copyFromFlat(backend, flat, shapes, starts)
          : shapes.map((shape, k) =>
              tf.reshape(tf.slice(flat, starts[k]!, tf.util.sizeFromShape(shape)), shape),
            )
        for (const [k, place] of members.entries()) tensors[place] = own[k]!
      }
      return tensors
    })
  }

  /** Values of flat arrays for each parameter, in the parameters' order: `scatter` for what was read back. */
  split(flats: readonly Float32Array[]): Float32Array[] {
    const parts: Float32Array[] = []
    for (const [i, { members, starts }] of this.groups.entries()) {
      for (const [k, place] of members.entries()) {
        const size = tf.util.sizeFromShape(this.shapes[place]!)
        parts[place] = flats[i]!.subarray(starts[k]!, starts[k]! + size)
      }
    }
    return parts
  }

  /** The way back from `split`. */
  join(parts: readonly Float32Array[]): Float32Array[] {
    return this.groups.map(({ members, starts, length }) => {
      const flat = new Float32Array(length)
      for (const [k, place] of members.entries()) flat.set(parts[place]!, starts[k]!)
      return flat
    })
  }
}

function aligned(length: number, alignment: number): number {
  return Math.ceil(length / alignment) * alignment
}

/** For backends whose tensors cannot be written in place. */
function joinTensors(tensors: readonly tf.Tensor[], { members, starts, length }: Group): tf.Tensor1D {
  const parts = members.map((place, i) => {
    const flat = tf.reshape(tensors[place]!, [-1])
    return tf.pad(flat, [[0, (starts[i + 1] ?? length) - starts[i]! - flat.size]])
  })
  return tf.concat(parts) as tf.Tensor1D
}

/** Sums the gradients of several passes on the device, in the flat layout: in place on WebGPU. */
export class GradientSums {
  private sums: tf.Tensor1D[] | null = null

  constructor(private readonly layout: FlatLayout) {}

  /** Takes ownership of the gradients, one for each parameter. */
  add(gradients: readonly tf.Tensor[]): void {
    try {
      const before = this.sums
      if (before && webGpuBackend()) {
        this.layout.addTo(before, gradients)
        return
      }
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
