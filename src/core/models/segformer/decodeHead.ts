import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { kaimingNormalFanOut, normal, zeros } from '../../nn/initialiser'
import { convolution } from '../../nn/layers/convolution'
import { crossSensorNormalisation } from '../../nn/layers/crossSensorNormalisation'
import { linearMap } from '../../nn/layers/linearMap'
import { resizeBilinear } from '../../nn/ops/resizeBilinear'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ForwardMode } from '../network'
import type { SegformerConfig } from './config'

/**
 * The all-MLP decoder (paper, section 3.2), under the keys of transformers' `SegformerDecodeHead`: every stage to one
 * width, to the first stage's grid, joined from the deepest to the first, fused, classified.
 *
 * @returns a function from the encoder's maps to logits [B, ceil(H/4), ceil(W/4), classes].
 */
export function decodeHead(
  scope: ParameterScope,
  config: SegformerConfig,
  classes: number,
): (stages: readonly Tensor4D[], mode: ForwardMode) => Tensor4D {
  const width = config.decoderWidth
  const projections = config.hiddenSizes.map((channels, stage) =>
    linearMap(scope.at('linear_c').at(stage).at('proj'), { in: channels, out: width }),
  )
  const fuse = convolution(scope.at('linear_fuse'), {
    in: width * projections.length,
    out: width,
    kernel: 1,
    initialise: kaimingNormalFanOut(),
  })
  const norm = crossSensorNormalisation(scope.at('batch_norm'), width)
  const classify = convolution(scope.at('classifier'), {
    in: width,
    out: classes,
    kernel: 1,
    bias: true,
    initialise: normal(0.01),
    initialiseBias: zeros,
  })
  return (stages, mode) => {
    const [, height, columns] = stages[0]!.shape
    const maps = stages.map((map, stage) => {
      const projected = scope.at('linear_c').at(stage).observed(projections[stage]!(map))
      return resizeBilinear(projected, [height, columns])
    })
    const fused = scope.at('linear_fuse').observed(fuse(tf.concat(maps.reverse(), 3)))
    return classify(tf.relu(scope.at('batch_norm').observed(norm(fused, mode))))
  }
}
