import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { kaimingNormalFanOut, zeros } from '../../nn/initialiser'
import { convolution, depthwiseConvolution } from '../../nn/layers/convolution'
import { crossSensorNormalisation } from '../../nn/layers/crossSensorNormalisation'
import type { DropPath } from '../../nn/layers/dropPath'
import type { Layer } from '../../nn/layers/layer'
import { silu } from '../../nn/ops/silu'
import type { ParameterScope } from '../../nn/parameterScope'
import { type EfficientNetV2Config, SQUEEZE_RATIO } from './config'

export interface BlockSpec {
  in: number
  out: number
  stride: 1 | 2
  expansion: number
  config: Pick<EfficientNetV2Config, 'padding' | 'normEpsilon'>
  dropPath: DropPath
}

/** Convolution 3 x 3, norm, SiLU (timm `ConvBnAct`, "cn"), with a skip where nothing changes size. */
export function convolutionBlock(scope: ParameterScope, spec: BlockSpec): Layer {
  const body = convolutionNorm(scope.at('conv'), scope.at('bn1'), { ...spec, kernel: 3 })
  return withSkip(spec, (x, mode) => silu(body(x, mode)))
}

/** Fused-MBConv (timm `EdgeResidual`, "er"): expand by 3 x 3, project by 1 x 1. */
export function fusedBlock(scope: ParameterScope, spec: BlockSpec): Layer {
  const hidden = spec.in * spec.expansion
  const expand = convolutionNorm(scope.at('conv_exp'), scope.at('bn1'), { ...spec, out: hidden, kernel: 3 })
  const project = convolutionNorm(scope.at('conv_pwl'), scope.at('bn2'), {
    ...spec,
    in: hidden,
    kernel: 1,
    stride: 1,
  })
  return withSkip(spec, (x, mode) => project(silu(expand(x, mode)), mode))
}

/** MBConv (timm `InvertedResidual`, "ir"): expand 1 x 1, depthwise 3 x 3, squeeze and excite, project 1 x 1. */
export function invertedBlock(scope: ParameterScope, spec: BlockSpec): Layer {
  const hidden = spec.in * spec.expansion
  const expand = convolutionNorm(scope.at('conv_pw'), scope.at('bn1'), {
    ...spec,
    out: hidden,
    kernel: 1,
    stride: 1,
  })
  const filter = depthwiseConvolution(scope.at('conv_dw'), {
    channels: hidden,
    kernel: 3,
    stride: spec.stride,
    padding: spec.config.padding === 'same' && spec.stride > 1 ? 'same' : 1,
    initialise: kaimingNormalFanOut(hidden),
  })
  const norm = crossSensorNormalisation(scope.at('bn2'), hidden, { epsilon: spec.config.normEpsilon })
  const excite = squeezeExcite(scope.at('se'), hidden, Math.round(spec.in * SQUEEZE_RATIO))
  const project = convolutionNorm(scope.at('conv_pwl'), scope.at('bn3'), {
    ...spec,
    in: hidden,
    kernel: 1,
    stride: 1,
  })
  return withSkip(spec, (x, mode) => project(excite(silu(norm(filter(silu(expand(x, mode))), mode))), mode))
}

/** A bias-free convolution and its norm, padded as the variant has it. */
export function convolutionNorm(
  convScope: ParameterScope,
  normScope: ParameterScope,
  spec: Pick<BlockSpec, 'in' | 'out' | 'stride' | 'config'> & { kernel: 1 | 3 },
): Layer {
  const { padding, normEpsilon } = spec.config
  const convolve = convolution(convScope, {
    ...spec,
    // At stride 1 TensorFlow's padding is symmetric too.
    padding: padding === 'same' && spec.stride > 1 ? 'same' : (spec.kernel - 1) / 2,
    initialise: kaimingNormalFanOut(),
  })
  const norm = crossSensorNormalisation(normScope, spec.out, { epsilon: normEpsilon })
  return (x, mode) => norm(convolve(x), mode)
}

/** Scales channels by a gate of their global means (Hu et al. 2018). */
function squeezeExcite(scope: ParameterScope, channels: number, reduced: number): (x: Tensor4D) => Tensor4D {
  const shared = { kernel: 1, bias: true, initialise: kaimingNormalFanOut(), initialiseBias: zeros }
  const reduce = convolution(scope.at('conv_reduce'), { in: channels, out: reduced, ...shared })
  const expand = convolution(scope.at('conv_expand'), { in: reduced, out: channels, ...shared })
  return x => {
    const means = tf.mean(x, [1, 2], true) as Tensor4D
    return tf.mul(x, tf.sigmoid(expand(silu(reduce(means)))))
  }
}

function withSkip(spec: BlockSpec, body: Layer): Layer {
  if (spec.stride !== 1 || spec.in !== spec.out) return body
  return (x, mode) => tf.add(x, spec.dropPath(body(x, mode), mode))
}
