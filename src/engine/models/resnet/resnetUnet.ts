import type { Tensor4D } from '@tensorflow/tfjs-core'
import type { Activation } from '../../gpu/kernels/activation'
import {
  crossSensorNormalisation,
  type NormalisationLayer,
  normalisedConvolution,
} from '../../nn/crossSensorNormalisation'
import { kaimingNormalFanOut } from '../../nn/initialisers'
import { convolution, type ForwardMode, type Layer, sequence } from '../../nn/layers'
import { blockSequence, networkBlock } from '../../nn/networkBlock'
import { maxPool } from '../../nn/ops/maxPool'
import type { ParameterScope } from '../../nn/parameterRegistry'
import type { NetworkDefinition, NetworkSettings } from '../network'
import { unet, unetDecoder } from '../unet'
import type { ResNetConfig } from './config'

export interface ResidualBlockSpec {
  in: number
  /** Channels inside the block. */
  width: number
  /** Channels of its output. */
  out: number
  stride: 1 | 2
}

/** Two 3 x 3 convolutions beside a skip (torchvision `BasicBlock`); `out` is `width`. */
function basicBlock(scope: ParameterScope, spec: ResidualBlockSpec): Layer {
  const first = convolutionNorm(scope, 'conv1', 'bn1', { ...spec, out: spec.width, kernel: 3 })
  const last = convolutionNorm(scope, 'conv2', 'bn2', { in: spec.width, out: spec.out, kernel: 3 })
  return residual(scope, spec, first, last)
}

/** 1 x 1, 3 x 3, 1 x 1 beside a skip, the stride in the 3 x 3: v1.5 (torchvision `Bottleneck`). */
function bottleneckBlock(scope: ParameterScope, spec: ResidualBlockSpec): Layer {
  const { width, stride } = spec
  const reduce = convolutionNorm(scope, 'conv1', 'bn1', { in: spec.in, out: width, kernel: 1 })
  const filter = convolutionNorm(scope, 'conv2', 'bn2', { in: width, out: width, kernel: 3, stride })
  const expand = convolutionNorm(scope, 'conv3', 'bn3', { in: width, out: spec.out, kernel: 1 })
  return residual(scope, spec, sequence(reduce, filter), expand)
}

/** A bias-free convolution, padded by half its kernel, its norm, a skip where one is given, and a ReLU unless switched off. */
function convolutionNorm(
  scope: ParameterScope,
  convolutionName: string,
  normName: string,
  spec: { in: number; out: number; kernel: number; stride?: number; activation?: Activation },
): NormalisationLayer {
  const convolve = convolution(scope.at(convolutionName), {
    ...spec,
    padding: (spec.kernel - 1) / 2,
    initialise: kaimingNormalFanOut(),
  })
  const norm = crossSensorNormalisation(scope.at(normName), spec.out, {
    activation: spec.activation ?? 'relu',
  })
  return normalisedConvolution(convolve, norm)
}

/**
 * The body's last layer takes the skip, which a 1 x 1 convolution (`downsample.0`, `.1`) fits where the shape changes.
 */
function residual(
  scope: ParameterScope,
  spec: ResidualBlockSpec,
  body: Layer,
  last: NormalisationLayer,
): Layer {
  const changes = spec.stride !== 1 || spec.in !== spec.out
  const project = changes
    ? convolutionNorm(scope.at('downsample'), '0', '1', { ...spec, kernel: 1, activation: 'none' })
    : null
  return networkBlock((x, mode) => scope.observed(last(body(x, mode), mode, project ? project(x, mode) : x)))
}

/**
 * The ResNet v1.5 encoder under torchvision's keys (`conv1`, `bn1`, `layer1.0.conv1`, `layer1.0.downsample.0`).
 *
 * @returns the channels of, and a function to, the five maps at strides 2, 4, 8, 16, 32; sides are the ceiling of each
 *   halving. The first is the stem's, before the pooling.
 */
export function resnetEncoder(
  scope: ParameterScope,
  config: ResNetConfig,
  { bands }: { bands: number },
): { channels: number[]; encode: (x: Tensor4D, mode: ForwardMode) => Tensor4D[] } {
  const { block, expansion } =
    config.block === 'basic' ? { block: basicBlock, expansion: 1 } : { block: bottleneckBlock, expansion: 4 }
  const stem = convolutionNorm(scope, 'conv1', 'bn1', { in: bands, out: config.width, kernel: 7, stride: 2 })
  const channels = [config.width]
  const stages = config.depths.map((depth, stage): Layer => {
    const layer = scope.at(`layer${stage + 1}`)
    const width = config.width * 2 ** stage
    const out = width * expansion
    const blocks = Array.from({ length: depth }, (_, index) =>
      block(layer.at(index), {
        in: index === 0 ? channels[stage]! : out,
        width,
        out,
        stride: index === 0 && stage > 0 ? 2 : 1,
      }),
    )
    channels.push(out)
    return blockSequence(...blocks)
  })
  return {
    channels,
    encode(x, mode) {
      const maps: Tensor4D[] = [stem(x, mode)]
      let map = maxPool(maps[0]!, { size: 3, stride: 2, padding: 1 })
      for (const stage of stages) {
        map = stage(map, mode)
        maps.push(map)
      }
      return maps
    },
  }
}

/** ResNet v1.5 (He et al. 2016) with a U-Net decoder, keys as smp's `Unet` over its ResNet encoders. Any size. */
export function resnetUnet(
  scope: ParameterScope,
  config: ResNetConfig,
  { bands, classes }: NetworkSettings,
): NetworkDefinition {
  const { channels, encode } = resnetEncoder(scope.at('encoder'), config, { bands })
  const decoder = unetDecoder(scope, {
    encoderChannels: channels,
    decoderChannels: config.decoderChannels,
    classes,
  })
  return unet(encode, decoder)
}
