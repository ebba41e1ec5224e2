import type { ParameterScope } from '../../nn/parameterScope'
import type { NetworkDefinition, NetworkSettings } from '../networkDefinition'
import { unet } from '../unet/unet'
import { unetDecoder } from '../unet/unetDecoder'
import type { ResNetConfig } from './config'
import { resnetEncoder } from './encoder'

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
