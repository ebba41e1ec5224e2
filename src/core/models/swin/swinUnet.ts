import { randomStream } from '../../foundation/random'
import { dropPath } from '../../nn/layers/dropPath'
import type { ParameterScope } from '../../nn/parameterScope'
import type { NetworkDefinition, NetworkSettings } from '../networkDefinition'
import { unet } from '../unet/unet'
import { unetDecoder } from '../unet/unetDecoder'
import type { SwinConfig } from './config'
import { swinEncoder } from './encoder'

/** Swin Transformer (Liu et al. 2021) with a U-Net decoder, keys as smp's `Unet` over a timm encoder. Any size. */
export function swinUnet(
  scope: ParameterScope,
  config: SwinConfig,
  { bands, classes, seed, options }: NetworkSettings,
): NetworkDefinition {
  const random = randomStream(seed, 'drop-path')
  const rate = options.dropPath ?? 0
  const { channels, encode, normalise } = swinEncoder(
    scope.at('encoder').at('model'),
    { ...config, nominalSize: options.nominalSize ?? config.nominalSize },
    {
      bands,
      padding: options.windowPadding ?? 'timm',
      outputNorms: options.outputNorms,
      dropPathOf: (block, blocks) => dropPath((rate * block) / (blocks - 1), random),
    },
  )
  const decoder = unetDecoder(scope, {
    encoderChannels: [0, ...channels],
    decoderChannels: config.decoderChannels,
    classes,
  })
  return unet((x, mode) => [null, ...normalise(encode(x, mode))], decoder)
}
