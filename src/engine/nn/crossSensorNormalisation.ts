import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Activation } from '../gpu/kernels/activation'
import { ones, zeros } from './initialisers'
import type { ForwardMode } from './layers'
import { batchNormInference, batchNormTraining } from './ops/batchNorm'
import type { ParameterHandle, ParameterScope } from './parameterRegistry'

/** Key names of the running statistics of a batch normalisation, by domain; source is PyTorch's own name. */
const RUNNING_STATISTICS = {
  source: { mean: 'running_mean', variance: 'running_var' },
  target: { mean: 'running_mean_target', variance: 'running_var_target' },
} as const

/** Key names of a batch normalisation's scale and shift, by domain; the target has its own where they are separate. */
const AFFINE_PARAMETERS = {
  source: { scale: 'weight', shift: 'bias' },
  target: { scale: 'weight_target', shift: 'bias_target' },
} as const

/** A normalisation and what follows it in the same kernel: activation(normalised + residual), [B, H, W, C]. */
export type NormalisationLayer = (x: Tensor4D, mode: ForwardMode, residual?: Tensor4D) => Tensor4D

/**
 * Cross-sensor normalisation (LoveCS: Wang et al., RSE 277, 2022, 113058): a batch normalisation with one scale and
 * shift and two sets of running statistics; or, where `scope.affine` is 'separate', two of each (domain-specific batch
 * normalisation, Chang et al., CVPR 2019).
 *
 * Training normalises with the batch's own mean and biased variance and moves only the running statistics of
 * `mode.domain` (unbiased variance, PyTorch's momentum 0.1); inference uses that domain's running statistics.
 * Keys: `weight`, `bias`, `running_mean`, `running_var` as in PyTorch (source), and `running_mean_target`,
 * `running_var_target`; separate: `weight_target`, `bias_target` too.
 */
export function crossSensorNormalisation(
  scope: ParameterScope,
  channels: number,
  {
    epsilon = 1e-5,
    momentum = 0.1,
    activation = 'none',
  }: { epsilon?: number; momentum?: number; activation?: Activation } = {},
): NormalisationLayer {
  const shape = [channels]
  const affine = { shape, layout: 'plain', trainable: true, decay: false } as const
  const running = { shape, layout: 'plain', trainable: false, decay: false } as const
  const declareAffine = (names: { scale: string; shift: string }) => ({
    scale: scope.declare({ name: names.scale, initialise: ones, ...affine }),
    shift: scope.declare({ name: names.shift, initialise: zeros, ...affine }),
  })
  const sourceAffine = declareAffine(AFFINE_PARAMETERS.source)
  const declareStatistics = (names: { mean: string; variance: string }) => ({
    mean: scope.declare({ name: names.mean, initialise: zeros, ...running }),
    variance: scope.declare({ name: names.variance, initialise: ones, ...running }),
  })
  const statistics = {
    source: declareStatistics(RUNNING_STATISTICS.source),
    target: declareStatistics(RUNNING_STATISTICS.target),
  }
  const affines = {
    source: sourceAffine,
    target: scope.affine === 'separate' ? declareAffine(AFFINE_PARAMETERS.target) : sourceAffine,
  }

  return (x, mode, residual) => {
    const { scale, shift } = affines[mode.domain]
    const { mean, variance } = statistics[mode.domain]
    const running = { mean: vector(mean), variance: vector(variance) }
    const options = { epsilon, activation, residual }
    if (!mode.training) return batchNormInference(x, vector(scale), vector(shift), running, options)
    const batch = batchNormTraining(x, vector(scale), vector(shift), running, { ...options, momentum })
    for (const [handle, moved] of [
      [mean, batch.mean],
      [variance, batch.variance],
    ] as const) {
      if (!mode.recomputing) handle.value().assign(moved)
      moved.dispose()
    }
    return batch.y
  }
}

function vector(handle: ParameterHandle): Tensor1D {
  return handle.value() as Tensor as Tensor1D
}
