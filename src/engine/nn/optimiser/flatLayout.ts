import * as tf from '@tensorflow/tfjs-core'
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
        const gaps = group.members.some(
          (place, i) => this.endOf(group, i) - group.starts[i]! > tensors[place]!.size,
        )
        const flat = gaps ? tf.fill([group.length], 0) : emptyTensor<tf.Tensor1D>(backend, [group.length])
        copyToFlat(
          backend,
          group.members.map(place => tensors[place]!),
          flat as tf.Tensor1D,
          group.starts,
        )
        return flat as tf.Tensor1D
      }),
    )
  }

  /** The same into flat tensors from `gather`, which change in place; only on WebGPU. */
  gatherInto(flats: readonly tf.Tensor1D[], tensors: readonly tf.Tensor[], how: 'copy' | 'add'): void {
    const backend = webGpuBackend()!
    const write = how === 'add' ? addToFlat : copyToFlat
    for (const [i, { members, starts }] of this.groups.entries()) {
      const own = members.map(place => tensors[place]!)
      write(backend, own, flats[i]!, starts)
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

  /** Where the next member of a group begins, or the group ends. */
  private endOf(group: Group, member: number): number {
    return group.starts[member + 1] ?? group.length
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
  /** Kept from step to step. */
  private sums: tf.Tensor1D[] | null = null
  private passes = 0

  constructor(private readonly layout: FlatLayout) {}

  /** Takes ownership of the gradients, one for each parameter. */
  add(gradients: readonly tf.Tensor[]): void {
    try {
      if (this.sums && webGpuBackend()) {
        this.layout.gatherInto(this.sums, gradients, this.passes === 0 ? 'copy' : 'add')
      } else {
        this.replace(gradients)
      }
      this.passes++
    } finally {
      tf.dispose([...gradients])
    }
  }

  private replace(gradients: readonly tf.Tensor[]): void {
    const before = this.passes === 0 ? null : this.sums
    const sums = tf.tidy(() => {
      const flats = this.layout.gather(gradients)
      return before ? flats.map((flat, i) => tf.add(before[i]!, flat) as tf.Tensor1D) : flats
    })
    tf.dispose(this.sums ?? [])
    this.sums = sums.map(sum => tf.keep(sum))
  }

  /** The sums, which stay this object's; the next `add` starts from zero. Throws if nothing was added. */
  take(): readonly tf.Tensor1D[] {
    if (!this.sums || this.passes === 0) throw new RangeError('No gradients were accumulated.')
    this.passes = 0
    return this.sums
  }

  dispose(): void {
    if (this.sums) tf.dispose(this.sums)
    this.sums = null
    this.passes = 0
  }
}
