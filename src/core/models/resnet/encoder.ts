import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Layer } from '../../nn/layers/layer'
import { sequence } from '../../nn/layers/layer'
import { maxPool } from '../../nn/ops/maxPool'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ForwardMode } from '../network'
import { basicBlock, bottleneckBlock, convolutionNorm } from './blocks'
import type { ResNetConfig } from './config'

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
    return sequence(...blocks)
  })
  return {
    channels,
    encode(x, mode) {
      const maps: Tensor4D[] = [tf.relu(stem(x, mode))]
      let map = maxPool(maps[0]!, { size: 3, stride: 2, padding: 1 })
      for (const stage of stages) {
        map = stage(map, mode)
        maps.push(map)
      }
      return maps
    },
  }
}
