import * as tf from '@tensorflow/tfjs-core'
import { kaimingNormalFanOut } from '../../nn/initialiser'
import { convolution, depthwiseConvolution } from '../../nn/layers/convolution'
import { crossSensorNormalisation } from '../../nn/layers/crossSensorNormalisation'
import type { DropPath } from '../../nn/layers/dropPath'
import type { Layer } from '../../nn/layers/layer'
import type { Padding2D } from '../../nn/ops/padding'
import { silu } from '../../nn/ops/silu'
import type { ParameterScope } from '../../nn/parameterScope'
import type { EfficientNetV2Block, EfficientNetV2Config } from './config'
import { squeezeExcite } from './squeezeExcite'

export interface BlockSpec extends Omit<EfficientNetV2Block, 'kind'> {
  /** Channels that enter the block. */
  in: number
  config: Pick<EfficientNetV2Config, 'padding' | 'normEpsilon'>
  dropPath: DropPath
}

/** Convolution, norm, SiLU (timm `ConvBnAct`, "cn"). */
export function convolutionBlock(scope: ParameterScope, spec: BlockSpec): Layer {
  const body = convolutionNorm(scope.at('conv'), scope.at('bn1'), spec)
  return withSkip(scope, spec, (x, mode) => silu(body(x, mode)))
}

/** Fused-MBConv (timm `EdgeResidual`, "er"): expand by a spatial convolution, excite if asked for, project by 1 x 1. */
export function fusedBlock(scope: ParameterScope, spec: BlockSpec): Layer {
  const { in: input, out, hidden, config } = spec
  const expand = convolutionNorm(scope.at('conv_exp'), scope.at('bn1'), { ...spec, in: input, out: hidden })
  const excite = squeezeExcite(scope.at('se'), hidden, spec.squeeze)
  const pointwise = { in: hidden, out, kernel: 1, stride: 1, config } as const
  const project = convolutionNorm(scope.at('conv_pwl'), scope.at('bn2'), pointwise)
  return withSkip(scope, spec, (x, mode) => project(excite(silu(expand(x, mode))), mode))
}

/** MBConv (timm `InvertedResidual`, "ir"): expand by 1 x 1, filter depthwise, excite if asked for, project by 1 x 1. */
export function invertedBlock(scope: ParameterScope, spec: BlockSpec): Layer {
  const { in: input, out, hidden, kernel, stride, config } = spec
  const pointwise = { kernel: 1, stride: 1, config } as const
  const expand = convolutionNorm(scope.at('conv_pw'), scope.at('bn1'), {
    ...pointwise,
    in: input,
    out: hidden,
  })
  const filter = depthwiseConvolution(scope.at('conv_dw'), {
    channels: hidden,
    kernel,
    stride,
    padding: paddingOf(kernel, stride, config.padding),
    initialise: kaimingNormalFanOut(hidden),
  })
  const norm = crossSensorNormalisation(scope.at('bn2'), hidden, { epsilon: config.normEpsilon })
  const excite = squeezeExcite(scope.at('se'), hidden, spec.squeeze)
  const project = convolutionNorm(scope.at('conv_pwl'), scope.at('bn3'), { ...pointwise, in: hidden, out })
  return withSkip(scope, spec, (x, mode) =>
    project(excite(silu(norm(filter(silu(expand(x, mode))), mode))), mode),
  )
}

/** A bias-free convolution and its norm, padded as the variant has it. */
export function convolutionNorm(
  convScope: ParameterScope,
  normScope: ParameterScope,
  spec: Pick<BlockSpec, 'in' | 'out' | 'kernel' | 'stride' | 'config'>,
): Layer {
  const { padding, normEpsilon } = spec.config
  const convolve = convolution(convScope, {
    in: spec.in,
    out: spec.out,
    kernel: spec.kernel,
    stride: spec.stride,
    padding: paddingOf(spec.kernel, spec.stride, padding),
    initialise: kaimingNormalFanOut(),
  })
  const norm = crossSensorNormalisation(normScope, spec.out, { epsilon: normEpsilon })
  return (x, mode) => norm(convolve(x), mode)
}

/** timm `get_padding_value`: symmetric padding is floor((stride - 1 + kernel - 1) / 2) a side. */
function paddingOf(kernel: number, stride: number, padding: EfficientNetV2Config['padding']): Padding2D {
  return padding === 'same' ? 'same' : Math.floor((stride + kernel - 2) / 2)
}

function withSkip(scope: ParameterScope, spec: BlockSpec, body: Layer): Layer {
  if (!spec.skip) return (x, mode) => scope.observed(body(x, mode))
  return (x, mode) => scope.observed(tf.add(x, spec.dropPath(body(x, mode), mode)))
}
