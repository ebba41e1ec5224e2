import type { Tensor } from '@tensorflow/tfjs-core'
import type {
  ConstantHandle,
  ConstantSpec,
  ParameterHandle,
  ParameterRegistry,
  ParameterSpec,
} from './parameterRegistry'

/** A dotted place in a network's key names; layers declare their parameters relative to it. */
export interface ParameterScope {
  /** The network's choice for its batch normalisations, see `ParameterRegistry`. */
  readonly affine: 'shared' | 'separate'
  /** The scope `name` deeper: `scope.at('blocks').at(0)` is "blocks.0". */
  at(name: string | number): ParameterScope
  declare(spec: ParameterSpec): ParameterHandle
  /** Keys of constants are the whole network's, not the scope's. */
  constant(spec: ConstantSpec): ConstantHandle
  /**
   * Shows a module's output to the registry's observer under the scope's name ("blocks.0") and returns it as it is:
   * how parity finds the first module that differs. Costs nothing while nobody observes.
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
    constant: spec => registry.constant(spec),
    observed(output, asPeer) {
      registry.observer?.(prefix, asPeer ? asPeer() : output)
      return output
    },
  }
}
