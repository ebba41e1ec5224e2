import type { ResNetConfig } from '../../models/resnet/config'
import type { WeightTable } from './weightTable'

/** The shape of a ResNet encoder, from its weights alone; without a decoder. */
export function resnetShape(table: WeightTable): ResNetConfig {
  return {
    block: table.has('layer1.0.conv3.weight') ? 'bottleneck' : 'basic',
    width: table.shape('conv1.weight')[0]!,
    depths: [1, 2, 3, 4].map(stage => table.count(`layer${stage}.`)),
    decoderChannels: [],
  }
}
