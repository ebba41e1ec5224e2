import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import type { Initialiser } from './initialisers'
import type { ParameterLayout } from './parameterLayout'

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

/** A declared parameter, whose tensor exists once a store was created from the registry. */
export interface ParameterHandle {
  readonly spec: ParameterSpec
  bind(value: Variable): void
  /** @throws AppError `internal` before `createParameterStore`. */
  value(): Variable
}

/** Collects a network's parameters in declaration order, without allocating any. */
export interface ParameterRegistry {
  readonly parameters: readonly ParameterHandle[]
  /** Whether batch normalisations have one scale and shift for both domains, or one each. */
  readonly affine: 'shared' | 'separate'
  declare(spec: ParameterSpec): ParameterHandle
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
  return {
    observer: null,
    affine,
    parameters,
    declare(spec) {
      if (names.has(spec.name)) throw new AppError('internal', `Parameter "${spec.name}" is declared twice.`)
      names.add(spec.name)
      const handle = createHandle(spec)
      parameters.push(handle)
      return handle
    },
  }
}

function createHandle(spec: ParameterSpec): ParameterHandle {
  let bound: Variable | null = null
  return {
    spec,
    bind(value) {
      bound = value
    },
    value() {
      if (!bound) throw new AppError('internal', `"${spec.name}" has no memory yet.`)
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

/** A dotted place in a network's key names; layers declare their parameters relative to it. */
export interface ParameterScope {
  /** The network's choice for its batch normalisations, see `ParameterRegistry`. */
  readonly affine: 'shared' | 'separate'
  /** The scope `name` deeper: `scope.at('blocks').at(0)` is "blocks.0". */
  at(name: string | number): ParameterScope
  declare(spec: ParameterSpec): ParameterHandle
  /**
   * Shows a module's output to the registry's observer under the scope's name ("blocks.0") and returns it as it is:
   * how parity finds the first module that differs. Costs nothing without an observer.
   *
   * @param asPeer the output as the peer's module returns it, where ours is laid out in another way.
   */
  observed<T extends Tensor>(output: T, asPeer?: () => Tensor): T
}

/** @param prefix key names start with it; '' for the network's root. */
export function createParameterScope(registry: ParameterRegistry, prefix = ''): ParameterScope {
  const join = (name: string) => (prefix ? `${prefix}.${name}` : name)
  return {
    affine: registry.affine,
    at: name => createParameterScope(registry, join(String(name))),
    declare: spec => registry.declare({ ...spec, name: join(spec.name) }),
    observed(output, asPeer) {
      registry.observer?.(prefix, asPeer ? asPeer() : output)
      return output
    },
  }
}
