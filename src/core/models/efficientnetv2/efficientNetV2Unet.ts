import { randomStream } from '../../foundation/random'
import { dropPath } from '../../nn/layers/dropPath'
import type { ParameterScope } from '../../nn/parameterScope'
import type { NetworkDefinition, NetworkSettings } from '../networkDefinition'
import { unet } from '../unet/unet'
import { unetDecoder } from '../unet/unetDecoder'
import type { EfficientNetV2Config } from './config'
import { efficientNetV2Encoder } from './encoder'

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
