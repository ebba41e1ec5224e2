import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Activation } from '../gpu/kernels/activation'
import { ones, zeros } from './initialisers'
import type { ConvolutionLayer, ForwardMode } from './layers'
import { batchNormInference, batchNormTraining, type GivenNormalisation } from './ops/batchNorm'
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

/** Such a layer that says what it does in inference, for whoever computes what comes before. */
export interface CrossSensorNormalisation extends NormalisationLayer {
  /** Null in training, where it follows from the batch. */
  given(mode: ForwardMode): GivenNormalisation | null
}

/** A convolution and its normalisation: two dispatches or more, or in inference on a GPU, one. */
export function normalisedConvolution(
  convolve: ConvolutionLayer,
  norm: CrossSensorNormalisation,
): NormalisationLayer {
  return (x, mode, residual) => {
    const given = norm.given(mode)
    return given ? convolve(x, { ...given, residual }) : norm(convolve(x), mode, residual)
  }
}

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
): CrossSensorNormalisation {
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

  const valuesOf = ({ domain }: ForwardMode) => ({
    scale: vector(affines[domain].scale),
    shift: vector(affines[domain].shift),
    mean: vector(statistics[domain].mean),
    variance: vector(statistics[domain].variance),
    epsilon,
    activation,
  })

  function layer(x: Tensor4D, mode: ForwardMode, residual?: Tensor4D): Tensor4D {
    const values = { ...valuesOf(mode), residual }
    const { scale, shift } = values
    if (!mode.training) return batchNormInference(x, scale, shift, values, values)
    const batch = batchNormTraining(x, scale, shift, values, { ...values, momentum })
    const { mean, variance } = statistics[mode.domain]
    for (const [handle, moved] of [
      [mean, batch.mean],
      [variance, batch.variance],
    ] as const) {
      if (!mode.recomputing) handle.value().assign(moved)
      moved.dispose()
    }
    return batch.y
  }
  return Object.assign(layer, { given: (mode: ForwardMode) => (mode.training ? null : valuesOf(mode)) })
}

function vector(handle: ParameterHandle): Tensor1D {
  return handle.value() as Tensor as Tensor1D
}
