import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import { AppError } from '../foundation/appError'
import type { Initialiser } from './initialiser'
import type { ParameterLayout } from './parameterStore'

/** What a layer asks for: everything about a parameter but its memory. */
export interface ParameterSpec {
  /** The peer's full key name. */
  readonly name: string
  /** PyTorch shape. */
  readonly shape: readonly number[]
  readonly layout: ParameterLayout
  readonly initialise: Initialiser
  readonly trainable: boolean
  readonly decay: boolean
}

/** A table that a layer needs on the device, which is neither trained nor stored in checkpoints. */
export interface ConstantSpec {
  /** Layers that name the same key share one tensor. */
  readonly key: string
  readonly shape: readonly number[]
  compute(): Float32Array
}

/** Something declared, whose tensor exists once a store was created from the registry. */
export interface Handle<Spec, Value extends Tensor> {
  readonly spec: Spec
  bind(value: Value): void
  /** @throws AppError `internal` before `createParameterStore`. */
  value(): Value
}

export type ParameterHandle = Handle<ParameterSpec, Variable>
export type ConstantHandle = Handle<ConstantSpec, Tensor>

/** Collects a network's parameters in declaration order, without allocating any. */
export interface ParameterRegistry {
  readonly parameters: readonly ParameterHandle[]
  readonly constants: readonly ConstantHandle[]
  /** Whether batch normalisations have one scale and shift for both domains, or one each. */
  readonly affine: 'shared' | 'separate'
  declare(spec: ParameterSpec): ParameterHandle
  constant(spec: ConstantSpec): ConstantHandle
  /** Is shown modules' outputs during a forward pass; it must keep or clone what it wants to outlive the pass. */
  observer: ((module: string, output: Tensor) => void) | null
}

export function createParameterRegistry({
  affine = 'shared',
}: {
  affine?: 'shared' | 'separate'
} = {}): ParameterRegistry {
  const parameters: ParameterHandle[] = []
  const names = new Set<string>()
  const constants = new Map<string, ConstantHandle>()
  return {
    observer: null,
    affine,
    parameters,
    get constants() {
      return [...constants.values()]
    },
    declare(spec) {
      if (names.has(spec.name)) throw new AppError('internal', `Parameter "${spec.name}" is declared twice.`)
      names.add(spec.name)
      const handle: ParameterHandle = createHandle(spec, spec.name)
      parameters.push(handle)
      return handle
    },
    constant(spec) {
      const handle: ConstantHandle = constants.get(spec.key) ?? createHandle(spec, spec.key)
      constants.set(spec.key, handle)
      return handle
    },
  }
}

function createHandle<Spec, Value extends Tensor>(spec: Spec, name: string): Handle<Spec, Value> {
  let bound: Value | null = null
  return {
    spec,
    bind(value) {
      bound = value
    },
    value() {
      if (!bound) throw new AppError('internal', `"${name}" has no memory yet.`)
      return bound
    },
  }
}

/** Number of values: all of them, and those that training changes (as PyTorch counts `parameters()`). */
export function countParameters(registry: ParameterRegistry): { total: number; trainable: number } {
  let total = 0
  let trainable = 0
  for (const { spec } of registry.parameters) {
    const size = spec.shape.reduce((product, extent) => product * extent, 1)
    total += size
    if (spec.trainable) trainable += size
  }
  return { total, trainable }
}
