import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core'
import { ones, zeros } from '../initialiser'
import { layerNorm } from '../ops/layerNorm'
import type { ParameterScope } from '../parameterScope'

/** Layer normalisation of the last axis with `weight` and `bias` [channels]. PyTorch's epsilon is 1e-5. */
export function layerNormalisation(
  scope: ParameterScope,
  channels: number,
  epsilon = 1e-5,
): <T extends Tensor>(x: T) => T {
  const affine = { shape: [channels], layout: 'plain', trainable: true, decay: false } as const
  const weight = scope.declare({ name: 'weight', initialise: ones, ...affine })
  const bias = scope.declare({ name: 'bias', initialise: zeros, ...affine })
  return x => layerNorm(x, weight.value() as Tensor1D, bias.value() as Tensor1D, epsilon)
}
