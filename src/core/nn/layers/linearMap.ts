import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { normal, zeros } from '../initialiser'
import { linear } from '../ops/linear'
import type { ParameterScope } from '../parameterScope'

/** Linear map of the last axis: `weight` [out, in] ~ N(0, 0.02^2), `bias` [out] = 0 unless switched off. */
export function linearMap(
  scope: ParameterScope,
  spec: { in: number; out: number; bias?: boolean },
): <T extends Tensor>(x: T) => T {
  const weight = scope.declare({
    name: 'weight',
    shape: [spec.out, spec.in],
    layout: 'linear',
    initialise: normal(0.02),
    trainable: true,
    decay: true,
  })
  const bias =
    spec.bias === false
      ? null
      : scope.declare({
          name: 'bias',
          shape: [spec.out],
          layout: 'plain',
          initialise: zeros,
          trainable: true,
          decay: false,
        })
  return x => linear(x, weight.value() as Tensor2D, bias?.value() as Tensor1D | undefined)
}
