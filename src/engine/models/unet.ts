import type { Tensor4D } from '@tensorflow/tfjs-core'
import { crossSensorNormalisation, normalisedConvolution } from '../nn/crossSensorNormalisation'
import { kaimingUniformFanIn, xavierUniform, zeros } from '../nn/initialisers'
import { convolution, type ForwardMode, type Layer } from '../nn/layers'
import { networkBlock, runBlock } from '../nn/networkBlock'
import { raiseAndJoin } from '../nn/ops/raise'
import type { ParameterScope } from '../nn/parameterRegistry'
import type { NetworkDefinition } from './network'

export interface UnetDecoderSpec {
  /** Channels of the encoder's maps at strides 2, 4, 8, 16, 32; 0 where it has none (Swin at stride 2). */
  encoderChannels: readonly number[]
  /** Channels of the five blocks, from stride 16 to 1. */
  decoderChannels: readonly number[]
  classes: number
}

interface UnetDecoder {
  /**
   * The five blocks' maps at strides 16, 8, 4, 2, 1. `maps[i]` is the encoder's at stride 2^(i+1), or null; `size` is
   * the input's [H, W].
   */
  blocks(maps: readonly (Tensor4D | null)[], size: [number, number], mode: ForwardMode): Tensor4D[]
  /** Logits [B, H, W, classes] from the last block's map. */
  head(x: Tensor4D): Tensor4D
}

/**
 * The U-Net decoder of segmentation_models_pytorch under its key names (`decoder.blocks.N.conv1.0`,
 * `segmentation_head.0`): per block a nearest resize to the next skip's grid, the skip joined after it, and twice
 * convolution 3 x 3, batch norm, ReLU.
 */
export function unetDecoder(scope: ParameterScope, spec: UnetDecoderSpec): UnetDecoder {
  const deepest = spec.encoderChannels.at(-1)!
  const skips = [...spec.encoderChannels.slice(0, -1).reverse(), 0]
  const blocks = spec.decoderChannels.map((out, index) => {
    const below = index === 0 ? deepest : spec.decoderChannels[index - 1]!
    return decoderBlock(scope.at('decoder').at('blocks').at(index), below + skips[index]!, out)
  })
  const head = convolution(scope.at('segmentation_head').at(0), {
    in: spec.decoderChannels.at(-1)!,
    out: spec.classes,
    kernel: 3,
    padding: 1,
    bias: true,
    initialise: xavierUniform,
    initialiseBias: zeros,
  })
  return {
    blocks(maps, size, mode) {
      const outputs: Tensor4D[] = []
      let x = maps.at(-1)!
      for (const [index, block] of blocks.entries()) {
        const skip = index < 4 ? maps[3 - index] : null
        // smp gives a map that an encoder lacks (timm's transformers at stride 2) the floor of the input's half.
        const stride = 2 ** (4 - index)
        const grid: [number, number] = skip
          ? [skip.shape[1], skip.shape[2]]
          : [Math.floor(size[0] / stride), Math.floor(size[1] / stride)]
        x = runBlock(skip ? [x, skip] : [x], mode, ([below, beside], own) => {
          return block(raiseAndJoin(below!, beside ?? null, grid), own)
        })
        outputs.push(x)
      }
      return outputs
    },
    head,
  }
}

function decoderBlock(scope: ParameterScope, input: number, out: number): Layer {
  const first = convolutionNormRelu(scope.at('conv1'), input, out)
  const second = convolutionNormRelu(scope.at('conv2'), out, out)
  return (x, mode) => scope.observed(second(first(x, mode), mode))
}

function convolutionNormRelu(scope: ParameterScope, input: number, out: number): Layer {
  const convolve = convolution(scope.at(0), {
    in: input,
    out,
    kernel: 3,
    padding: 1,
    initialise: kaimingUniformFanIn,
  })
  const norm = crossSensorNormalisation(scope.at(1), out, { activation: 'relu' })
  return networkBlock(normalisedConvolution(convolve, norm))
}

/**
 * An encoder and a U-Net decoder joined as smp's `Unet`, on inputs of any size: nothing is padded, every block is raised
 * to the grid of its own skip and the last one to the input's.
 *
 * @param encode maps at strides 2, 4, 8, 16, 32; null where the encoder has none.
 */
export function unet(
  encode: (x: Tensor4D, mode: ForwardMode) => (Tensor4D | null)[],
  decoder: UnetDecoder,
): NetworkDefinition {
  return {
    features: (x, mode) => encode(x, mode).filter(map => map !== null),
    forward(x, mode) {
      const blocks = decoder.blocks(encode(x, mode), [x.shape[1], x.shape[2]], mode)
      return decoder.head(blocks.at(-1)!)
    },
  }
}
