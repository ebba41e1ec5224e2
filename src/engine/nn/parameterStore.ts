import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import { refuseAboveLimits } from '../gpu/guardedBackend'
import { webGpuBackend } from '../gpu/webgpuBackend'
import { zeros } from './initialisers'
import { type ParameterLayout, toMemoryOrder, toMemoryShape } from './parameterLayout'
import type { ParameterRegistry } from './parameterRegistry'

/** One named parameter or running statistic. */
export interface Parameter {
  /** The peer's key ("encoder.model.blocks.0.0.conv.weight"). */
  readonly name: string
  readonly layout: ParameterLayout
  /** In TensorFlow.js layout, on the device. */
  readonly variable: Variable
  /** False for running statistics. */
  readonly trainable: boolean
  /** True where weight decay applies (matrices and kernels; not biases, norms, position tables). */
  readonly decay: boolean
}

/** Every parameter of a network by the peer's key name, in the peer's order. */
export interface ParameterStore {
  all(): readonly Parameter[]
  trainable(): readonly Parameter[]
  get(name: string): Parameter
  has(name: string): boolean
  /** Assigns a value in TensorFlow.js layout; shapes must agree, else AppError `weights-mismatch`. */
  assign(name: string, value: Tensor): void
  dispose(): void
}

/** Parameters without values, for a rehearsal; the caller disposes their variables. */
export function bindZeros(registry: ParameterRegistry): Parameter[] {
  return registry.parameters.map(handle => {
    const { name, shape, layout, trainable, decay } = handle.spec
    const variable = tf.variable(tf.zeros(toMemoryShape(shape, layout)), trainable)
    handle.bind(variable)
    return { name, layout, variable, trainable, decay }
  })
}

/**
 * Allocates every declared parameter and constant on the current backend, filled by its seeded initialiser, and binds the
 * registry's handles, so that the layers built from it compute with these variables.
 *
 * @param seed each parameter draws from its own generator (seed, name): adding a layer leaves the others alone.
 *   null: all zeros, for a network that takes a checkpoint next.
 * @throws AppError `gpu-limit` for a parameter that the device cannot hold; nothing is allocated then.
 */
export function createParameterStore(registry: ParameterRegistry, seed: number | null): ParameterStore {
  const limits = webGpuBackend()?.device.limits
  if (limits) {
    for (const { spec } of registry.parameters) {
      refuseAboveLimits(4 * tf.util.sizeFromShape([...spec.shape]), limits)
    }
  }
  const parameters = new Map<string, Parameter>()
  const dispose = () => {
    for (const { variable } of parameters.values()) variable.dispose()
  }
  try {
    for (const handle of registry.parameters) {
      const { name, shape, layout, initialise, trainable, decay } = handle.spec
      const first = seed === null ? zeros({ seed: 0, name, shape }) : initialise({ seed, name, shape })
      const values = toMemoryOrder(first, shape, layout)
      const variable = tf.tidy(() => tf.variable(tf.tensor(values, toMemoryShape(shape, layout)), trainable))
      handle.bind(variable)
      parameters.set(name, { name, layout, variable, trainable, decay })
    }
  } catch (thrown) {
    dispose()
    throw thrown
  }
  const all = [...parameters.values()]
  const trainable = all.filter(parameter => parameter.trainable)

  function get(name: string): Parameter {
    const parameter = parameters.get(name)
    if (!parameter) throw new AppError('weights-mismatch', `The network has no parameter named "${name}".`)
    return parameter
  }

  return {
    all: () => all,
    trainable: () => trainable,
    get,
    has: name => parameters.has(name),
    assign(name, value) {
      const { variable } = get(name)
      if (value.shape.join() !== variable.shape.join()) {
        throw new AppError(
          'weights-mismatch',
          `Parameter "${name}" has shape [${variable.shape}] here but the value has [${value.shape}].`,
        )
      }
      variable.assign(value)
    },
    dispose,
  }
}
