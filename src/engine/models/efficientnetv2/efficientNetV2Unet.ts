import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core'
import { randomStream } from '../../../core/foundation/random'
import type { Activation } from '../../gpu/kernels/activation'
import {
  crossSensorNormalisation,
  type NormalisationLayer,
  normalisedConvolution,
} from '../../nn/crossSensorNormalisation'
import { kaimingNormalFanOut, zeros } from '../../nn/initialisers'
import {
  convolution,
  type DropPath,
  declareConvolution,
  depthwiseConvolution,
  dropPath,
  type ForwardMode,
  type Layer,
} from '../../nn/layers'
import { blockSequence, networkBlock } from '../../nn/networkBlock'
import type { Padding2D } from '../../nn/ops/convolution'
import { addBranch } from '../../nn/ops/residual'
import { squeezeExcite } from '../../nn/ops/squeezeExcite'
import type { ParameterScope } from '../../nn/parameterRegistry'
import type { NetworkDefinition, NetworkSettings } from '../network'
import { unet, unetDecoder } from '../unet'
import type { EfficientNetV2Block, EfficientNetV2Config } from './config'

/** Scales channels by a gate of their global means, `reduced` channels inside; 0 gives the identity. */
function excitation(scope: ParameterScope, channels: number, reduced: number): (x: Tensor4D) => Tensor4D {
  if (reduced === 0) return x => x
  const shared = { kernel: 1, bias: true, initialise: kaimingNormalFanOut(), initialiseBias: zeros }
  const reduce = declareConvolution(scope.at('conv_reduce'), { in: channels, out: reduced, ...shared })
  const expand = declareConvolution(scope.at('conv_expand'), { in: reduced, out: channels, ...shared })
  return x =>
    squeezeExcite(x, {
      reduce: reduce.weight.value() as Tensor as Tensor4D,
      reduceBias: reduce.bias!.value() as Tensor as Tensor1D,
      expand: expand.weight.value() as Tensor as Tensor4D,
      expandBias: expand.bias!.value() as Tensor as Tensor1D,
    })
}

export interface BlockSpec extends Omit<EfficientNetV2Block, 'kind'> {
  /** Channels that enter the block. */
  in: number
  config: Pick<EfficientNetV2Config, 'padding' | 'normEpsilon'>
  dropPath: DropPath
}

/** Convolution, norm, SiLU (timm `ConvBnAct`, "cn"). */
function convolutionBlock(scope: ParameterScope, spec: BlockSpec): Layer {
  const body = convolutionNorm(scope.at('conv'), scope.at('bn1'), { ...spec, activation: 'silu' })
  // The activation comes before the skip is added.
  return withSkip(scope, spec, (x, mode, skip) => {
    const branch = body(x, mode)
    return skip ? addBranch(skip, branch, null) : branch
  })
}

/** Fused-MBConv (timm `EdgeResidual`, "er"): expand by a spatial convolution, excite if asked for, project by 1 x 1. */
function fusedBlock(scope: ParameterScope, spec: BlockSpec): Layer {
  const { in: input, out, hidden, config } = spec
  const expand = convolutionNorm(scope.at('conv_exp'), scope.at('bn1'), {
    ...spec,
    in: input,
    out: hidden,
    activation: 'silu',
  })
  const excite = excitation(scope.at('se'), hidden, spec.squeeze)
  const pointwise = { in: hidden, out, kernel: 1, stride: 1, config } as const
  const project = convolutionNorm(scope.at('conv_pwl'), scope.at('bn2'), pointwise)
  return withSkip(scope, spec, (x, mode, skip) => project(excite(expand(x, mode)), mode, skip))
}

/** MBConv (timm `InvertedResidual`, "ir"): expand by 1 x 1, filter depthwise, excite if asked for, project by 1 x 1. */
function invertedBlock(scope: ParameterScope, spec: BlockSpec): Layer {
  const { in: input, out, hidden, kernel, stride, config } = spec
  const pointwise = { kernel: 1, stride: 1, config } as const
  const expand = convolutionNorm(scope.at('conv_pw'), scope.at('bn1'), {
    ...pointwise,
    in: input,
    out: hidden,
    activation: 'silu',
  })
  const filter = depthwiseConvolution(scope.at('conv_dw'), {
    channels: hidden,
    kernel,
    stride,
    padding: paddingOf(kernel, stride, config.padding),
    initialise: kaimingNormalFanOut(hidden),
  })
  const norm = crossSensorNormalisation(scope.at('bn2'), hidden, {
    epsilon: config.normEpsilon,
    activation: 'silu',
  })
  const excite = excitation(scope.at('se'), hidden, spec.squeeze)
  const project = convolutionNorm(scope.at('conv_pwl'), scope.at('bn3'), { ...pointwise, in: hidden, out })
  return withSkip(scope, spec, (x, mode, skip) =>
    project(excite(norm(filter(expand(x, mode)), mode)), mode, skip),
  )
}

/** A bias-free convolution, padded as the variant has it, its norm, and an activation if asked for. */
function convolutionNorm(
  convScope: ParameterScope,
  normScope: ParameterScope,
  spec: Pick<BlockSpec, 'in' | 'out' | 'kernel' | 'stride' | 'config'> & { activation?: Activation },
): NormalisationLayer {
  const { padding, normEpsilon } = spec.config
  const convolve = convolution(convScope, {
    in: spec.in,
    out: spec.out,
    kernel: spec.kernel,
    stride: spec.stride,
    padding: paddingOf(spec.kernel, spec.stride, padding),
    initialise: kaimingNormalFanOut(),
  })
  const norm = crossSensorNormalisation(normScope, spec.out, {
    epsilon: normEpsilon,
    activation: spec.activation,
  })
  return normalisedConvolution(convolve, norm)
}

/** timm `get_padding_value`: symmetric padding is floor((stride - 1 + kernel - 1) / 2) a side. */
function paddingOf(kernel: number, stride: number, padding: EfficientNetV2Config['padding']): Padding2D {
  return padding === 'same' ? 'same' : Math.floor((stride + kernel - 2) / 2)
}

/** @param body adds the skip that it is given, where drop path does not come between. */
function withSkip(scope: ParameterScope, spec: BlockSpec, body: NormalisationLayer): Layer {
  if (!spec.skip) return networkBlock((x, mode) => scope.observed(body(x, mode)))
  return networkBlock((x, mode) => {
    const factors = spec.dropPath(x.shape[0], mode)
    return scope.observed(factors ? addBranch(x, body(x, mode), factors) : body(x, mode, x))
  })
}

const BLOCKS = { convolution: convolutionBlock, fused: fusedBlock, inverted: invertedBlock }

/**
 * The EfficientNetV2 encoder under timm's `features_only` keys (`conv_stem`, `bn1`, `blocks.S.B`).
 *
 * @returns the channels of, and a function to, the maps at strides 2, 4, 8, 16, 32: the last block's output at each
 *   resolution, or the stem's where the first block halves it. Sides are the ceiling of each halving.
 */
export function efficientNetV2Encoder(
  scope: ParameterScope,
  config: Omit<EfficientNetV2Config, 'decoderChannels'>,
  { bands, dropPathOf }: { bands: number; dropPathOf(block: number, blocks: number): DropPath },
): { channels: number[]; encode: (x: Tensor4D, mode: ForwardMode) => Tensor4D[] } {
  const stem = convolutionNorm(scope.at('conv_stem'), scope.at('bn1'), {
    in: bands,
    out: config.stem,
    kernel: 3,
    stride: 2,
    config,
    activation: 'silu',
  })
  const total = config.stages.reduce((sum, stage) => sum + stage.length, 0)
  let width = config.stem
  let count = 0
  const stages = config.stages.map((blocks, stage) =>
    blocks.map(({ kind, ...block }, index): Layer => {
      const layer = BLOCKS[kind](scope.at('blocks').at(stage).at(index), {
        ...block,
        in: width,
        config,
        dropPath: dropPathOf(count++, total),
      })
      width = block.out
      return layer
    }),
  )
  const widths = [config.stem, ...config.stages.map(blocks => blocks.at(-1)!.out)]
  /** A map is complete where the next stage halves it, and after the last. */
  const completes = widths.map((_, index) => config.stages[index]?.[0]?.stride !== 1)
  return {
    channels: widths.filter((_, index) => completes[index]),
    encode(x, mode) {
      let map = scope.at('bn1').observed(stem(x, mode))
      const maps = completes[0] ? [map] : []
      for (const [index, blocks] of stages.entries()) {
        map = blockSequence(...blocks)(map, mode)
        if (completes[index + 1]) maps.push(map)
      }
      return maps
    },
  }
}

/** EfficientNetV2 (Tan and Le 2021) with a U-Net decoder, keys as smp's `Unet` over a timm encoder. Any size. */
export function efficientNetV2Unet(
  scope: ParameterScope,
  config: EfficientNetV2Config,
  { bands, classes, seed, options }: NetworkSettings,
): NetworkDefinition {
  const random = randomStream(seed, 'drop-path')
  const rate = options.dropPath ?? 0
  const { channels, encode } = efficientNetV2Encoder(scope.at('encoder').at('model'), config, {
    bands,
    // timm divides by the number of blocks, so that the last one stays below the rate.
    dropPathOf: (block, blocks) => dropPath((rate * block) / blocks, random),
  })
  const decoder = unetDecoder(scope, {
    encoderChannels: channels,
    decoderChannels: config.decoderChannels,
    classes,
  })
  return unet(encode, decoder)
}
