import type { Variable } from '@tensorflow/tfjs-core'
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

/** A declared parameter; its variable exists once a store was created from the registry. */
export interface ParameterHandle {
  readonly spec: ParameterSpec
  bind(variable: Variable): void
  /** @throws AppError `internal` before `createParameterStore`. */
  variable(): Variable
}

/** Collects a network's parameters in declaration order, without allocating any. */
export interface ParameterRegistry {
  readonly handles: readonly ParameterHandle[]
  declare(spec: ParameterSpec): ParameterHandle
}

export function createParameterRegistry(): ParameterRegistry {
  const handles: ParameterHandle[] = []
  const names = new Set<string>()
  return {
    handles,
    declare(spec) {
      if (names.has(spec.name)) throw new AppError('internal', `Parameter "${spec.name}" is declared twice.`)
      names.add(spec.name)
      let bound: Variable | null = null
      const handle: ParameterHandle = {
        spec,
        bind(variable) {
          bound = variable
        },
        variable() {
          if (!bound) throw new AppError('internal', `Parameter "${spec.name}" was not allocated yet.`)
          return bound
        },
      }
      handles.push(handle)
      return handle
    },
  }
}

/** Number of values: all of them, and those that training changes (as PyTorch counts `parameters()`). */
export function countParameters(registry: ParameterRegistry): { total: number; trainable: number } {
  let total = 0
  let trainable = 0
  for (const { spec } of registry.handles) {
    const size = spec.shape.reduce((product, extent) => product * extent, 1)
    total += size
    if (spec.trainable) trainable += size
  }
  return { total, trainable }
}
